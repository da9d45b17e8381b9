import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { usePhone } from "@/lib/theme";
import { Card, Loaded, Skeleton } from "@/ui";
import { useLineage } from "./hooks";
import { box, layout, pageOf } from "./layout";
import type { Lineage, LineageNode } from "./types";
import styles from "./assets.module.css";

/** A name with a link to its page, if it has one. */
export function NodeLink({ node }: { node: Pick<LineageNode, "kind" | "name" | "title"> }) {
  const { pick } = useText();
  const to = pageOf(node);
  const title = pick(node.title, node.name);
  return to === undefined ? <span>{title}</span> : <Link to={to} className={styles["link"]}>{title}</Link>;
}

const mostDrawn = 60;

function Drawing({ lineage }: { lineage: Lineage }) {
  const { t } = useTranslation("assets");
  const { pick } = useText();
  const plan = layout(lineage);
  return (
    // The picture scrolls inside its own frame, which must be reachable by keyboard; the list below says the same.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["frame"]} tabIndex={0} role="region" aria-label={t("lineage.drawing")}>
      <svg width={plan.width + 2} height={plan.height} viewBox={`-1 0 ${plan.width + 2} ${plan.height}`} aria-hidden="true">
        {plan.lines.map(({ key, from, to, columns }) => {
          const [x1, y1, x2, y2] = [from.x + box.width, from.y + box.height / 2, to.x, to.y + box.height / 2];
          const bend = (x1 + x2) / 2;
          return (
            <path key={key} d={`M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`} className={styles["line"]}>
              {columns.length > 0 && <title>{columns.join(", ")}</title>}
            </path>
          );
        })}
        {plan.spots.map(({ node, x, y }) => {
          const title = pick(node.title, node.name);
          return (
            <g key={node.id} transform={`translate(${x} ${y})`} className={styles["node"]} data-self={node.id === lineage.of || undefined}>
              <title>{title}</title>
              <rect width={box.width} height={box.height} rx={8} />
              <text x={10} y={16} className={styles["kind"]}>
                {t(`kind.${node.kind}`, node.kind)}
              </text>
              <text x={10} y={31}>{shorten(title)}</text>
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** As much of a title as fits a box; letters of Chinese are twice as wide. */
function shorten(title: string): string {
  let room = 20;
  let out = "";
  for (const letter of title) {
    room -= letter.charCodeAt(0) > 0x2e80 ? 2 : 1;
    if (room < 0) return `${out}…`;
    out += letter;
  }
  return out;
}

function Side({ title, none, nodes, lineage }: { title: string; none: string; nodes: LineageNode[]; lineage: Lineage }) {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  const columnsOf = (n: LineageNode) => lineage.edges.find((e) => (e.from === n.id && e.to === lineage.of) || (e.to === n.id && e.from === lineage.of))?.columns ?? [];
  return (
    <section>
      <h3>{title}</h3>
      {nodes.length === 0 ? (
        <p className={styles["muted"]}>{none}</p>
      ) : (
        [...new Set(nodes.map((n) => n.kind))].map((kind) => (
          <div key={kind} className={styles["group"]}>
            <h4>
              {t(`kind.${kind}`, kind)} <span>{formatFull(nodes.filter((n) => n.kind === kind).length, lang)}</span>
            </h4>
            <ul className={styles["plain"]}>
              {nodes.filter((n) => n.kind === kind).map((n) => (
                <li key={n.id}>
                  <NodeLink node={n} />
                  {columnsOf(n).length > 0 && <span className={styles["muted"]}> {t("lineage.columns", { columns: columnsOf(n).join(", ") })}</span>}
                  {Math.abs(n.distance) > 1 && <span className={styles["muted"]}> {t("lineage.steps", { count: Math.abs(n.distance) })}</span>}
                </li>
              ))}
            </ul>
          </div>
        ))
      )}
    </section>
  );
}

/** What flows into something and what it flows into: drawn where there is room, and as a list. */
export function LineageView({ of }: { of: string }) {
  const { t } = useTranslation("assets");
  const lineage = useLineage(of);
  const phone = usePhone();
  return (
    <Loaded query={lineage} skeleton={<Skeleton height={240} />}>
      {(l) => (
        <Card title={t("lineage.title")}>
          {!phone && l.nodes.length > 1 && l.nodes.length <= mostDrawn && <Drawing lineage={l} />}
          <div className={styles["sides"]}>
            <Side title={t("lineage.up")} none={t("lineage.upNone")} nodes={l.nodes.filter((n) => n.distance < 0).reverse()} lineage={l} />
            <Side title={t("lineage.down")} none={t("lineage.downNone")} nodes={l.nodes.filter((n) => n.distance > 0)} lineage={l} />
          </div>
        </Card>
      )}
    </Loaded>
  );
}
