import { useMemo, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { TreeState } from "@/api/types";
import { useWidth } from "@/charts";
import { IconButton } from "@/ui";
import { EdgeLine } from "./EdgeLine";
import { card, layout, step, type Direction } from "./layout";
import { MiniMap } from "./MiniMap";
import { NodeCard, RefCard } from "./NodeCard";
import { openZoom, useViewport } from "./viewport";
import styles from "./tree.module.css";

interface Props {
  state: TreeState;
  root: string;
  folded: ReadonlySet<string>;
  onFold: (metric: string) => void;
  active: string;
  onActive: (metric: string) => void;
  selected: string;
  onOpen: (metric: string) => void;
}

const edge = 26;
const tallest = 960;

const arrows: Record<string, Direction> = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" };

/** The tree as cards and lines; drag to move, Ctrl and wheel to zoom, arrows to walk. */
export function Canvas({ state, root, folded, onFold, active, onActive, selected, onOpen }: Props) {
  const { t } = useTranslation("northstar");
  const [frame, width] = useWidth(1120);
  const plan = useMemo(() => layout(state, root, folded, width - 2 * edge), [state, root, folded, width]);
  const top = plan.placed.get(root);
  const { ref, size, view, setView, fit, zoom, reveal, drag } = useViewport(plan.width, plan.height, (top?.y ?? 0) + card.height / 2);
  const current = plan.placed.has(active) ? active : root;
  const period = t(`grain.${state.period}`);

  const onKeyDown = (e: KeyboardEvent) => {
    const direction = arrows[e.key];
    if (direction !== undefined) {
      e.preventDefault();
      const next = step(plan, current, direction);
      const spot = next === null ? undefined : plan.placed.get(next);
      if (next === null || spot === undefined) return;
      onActive(next);
      reveal(spot.x, spot.y, card.width, spot.height);
      ref.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    } else if (e.key === "+" || e.key === "=") zoom(1.2);
    else if (e.key === "-") zoom(1 / 1.2);
    else if (e.key === "0") fit();
    else if (e.key === " " && (plan.placed.get(current)?.children.length ?? 0) + (plan.placed.get(current)?.hidden ?? 0) > 0) {
      e.preventDefault();
      onFold(current);
    }
  };

  return (
    <div ref={frame} className={styles["canvas"]} style={{ height: Math.max(280, Math.min(tallest, plan.height * openZoom(width, plan.width) + 2 * edge)) }}>
      {/* The box only moves the drawing; every card in it is a button. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <div ref={ref} className={styles["box"]} {...drag} onPointerCancel={drag.onPointerUp} onKeyDown={onKeyDown} role="group" aria-label={t("treeHint")}>
        <div className={styles["drawing"]} style={{ width: plan.width, height: plan.height, transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }}>
          <svg className={styles["edges"]} width={plan.width + 80} height={plan.height} aria-hidden="true">
            {plan.lines.map((line) => (
              <EdgeLine key={`${line.child}>${line.edge.to}>${line.edge.kind}`} plan={plan} line={line} period={period} />
            ))}
          </svg>
          {plan.order.map((key) => {
            const spot = plan.placed.get(key);
            if (spot === undefined) return null;
            const props = { spot, active: key === current, selected: spot.node.id === selected, onOpen: () => onOpen(spot.node.id), onFocus: () => onActive(key) };
            return spot.ref ? <RefCard key={key} {...props} /> : <NodeCard key={key} {...props} root={key === root} onFold={() => onFold(key)} />;
          })}
        </div>
      </div>
      <div className={styles["tools"]}>
        <IconButton small icon="plus" label={t("zoomIn")} onClick={() => zoom(1.2)} />
        <IconButton small icon="minus" label={t("zoomOut")} onClick={() => zoom(1 / 1.2)} />
        <IconButton small icon="fit" label={t("fit")} onClick={fit} />
      </div>
      <MiniMap plan={plan} view={view} size={size} onMove={(x, y) => setView({ ...view, x, y })} />
    </div>
  );
}
