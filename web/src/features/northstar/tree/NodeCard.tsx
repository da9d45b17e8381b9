import { useTranslation } from "react-i18next";
import { Sparkline } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatValue } from "@/lib/number";
import { initials } from "@/lib/name";
import { Change, cx, DataMark, Icon } from "@/ui";
import type { NodeState } from "@/api/types";
import { doubtful, judgementOf, seriesOf } from "../late";
import type { Placed } from "./layout";
import styles from "./tree.module.css";

interface RefProps {
  spot: Placed;
  active: boolean;
  selected: boolean;
  onOpen: () => void;
  onFocus: () => void;
}

interface Props extends RefProps {
  root: boolean;
  onFold: () => void;
}

/** The colour and the words of the dot in the corner: by target, else by direction. */
export function stateOf(node: NodeState): { tone: string; key: string } {
  if (node.error !== null) return { tone: "bad", key: "dot.error" };
  if (node.value === null) return { tone: "none", key: "dot.none" };
  if (node.freshness.late === true) return { tone: "none", key: "late" };
  if (doubtful(node.freshness)) return { tone: "none", key: "doubt" };
  switch (node.target?.status) {
    case "ahead":
      return { tone: "good", key: "status.ahead" };
    case "on_track":
      return { tone: "good", key: "status.on_track" };
    case "at_risk":
      return { tone: "watch", key: "status.at_risk" };
    case "behind":
      return { tone: "bad", key: "status.behind" };
    default:
      return node.judgement === "good" || node.judgement === "bad" ? { tone: node.judgement, key: `dot.${node.judgement}` } : { tone: "none", key: "dot.flat" };
  }
}

const shapes: Record<string, string> = { good: "●", watch: "◆", bad: "■", none: "○" };

export function StateDot({ node }: { node: NodeState }) {
  const { t } = useTranslation("northstar");
  const { tone, key } = stateOf(node);
  const words = t(key);
  return (
    <span className={styles["state"]} data-tone={tone} title={words}>
      <span aria-hidden="true">{shapes[tone]}</span>
      <span className="sr-only">{words}</span>
    </span>
  );
}

export function NodeCard({ spot, root, active, selected, onOpen, onFold, onFocus }: Props) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const { node } = spot;
  const name = pick(node.title, node.metric);
  const why = node.error ?? node.noValue;
  const foldable = spot.children.length > 0 || spot.hidden > 0;
  return (
    <div className={styles["node"]} style={{ left: spot.x, top: spot.y }}>
      <button type="button" data-node={spot.key} className={cx(styles["card"], root && styles["root"], selected && styles["selected"])} tabIndex={active ? 0 : -1} onClick={onOpen} onFocus={onFocus}>
        <span className={styles["cardHead"]}>
          <StateDot node={node} />
          <span className={styles["name"]} title={name}>
            {name}
          </span>
          {node.freshness.late === true && (
            <span className={styles["late"]} title={t("late")}>
              <Icon name="clock" size={14} />
              <span className="sr-only">{t("late")}</span>
            </span>
          )}
          <DataMark small distrust={node.freshness.distrust} />
          {node.owner !== "" && (
            <span className={styles["owner"]} title={t("owner", { name: node.owner })}>
              {initials(node.owner)}
            </span>
          )}
        </span>
        <span className={styles["cardBody"]}>
          <span>
            <strong className={styles["value"]} title={why === null ? undefined : pick(why.text)}>
              {formatValue(node.value, node, lang)}
            </strong>
            <Change change={node.change} rate={node.changeRate} judgement={judgementOf(node)} unit={node.unit} format={node.format} />
          </span>
          <Sparkline points={seriesOf(node)} width={84} height={36} label="" />
        </span>
      </button>
      {foldable && (
        <button type="button" tabIndex={-1} className={styles["fold"]} onClick={onFold} title={spot.hidden > 0 ? t("unfold", { name }) : t("fold", { name })}>
          <span aria-hidden="true">{spot.hidden > 0 ? `+${spot.hidden}` : "–"}</span>
          <span className="sr-only">{spot.hidden > 0 ? t("unfold", { name }) : t("fold", { name })}</span>
        </button>
      )}
    </div>
  );
}

/** A metric that has its full card elsewhere in the tree. */
export function RefCard({ spot, active, selected, onOpen, onFocus }: RefProps) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const { node } = spot;
  const name = pick(node.title, node.metric);
  return (
    <div className={styles["node"]} style={{ left: spot.x, top: spot.y, height: spot.height }}>
      <button type="button" data-node={spot.key} className={cx(styles["card"], styles["ref"], selected && styles["selected"])} tabIndex={active ? 0 : -1} onClick={onOpen} onFocus={onFocus} title={t("elsewhere", { name })}>
        <StateDot node={node} />
        <span className={styles["name"]}>{name}</span>
        <span>{formatValue(node.value, node, lang)}</span>
        <span aria-hidden="true">↩</span>
        <span className="sr-only">{t("elsewhere", { name })}</span>
      </button>
    </div>
  );
}
