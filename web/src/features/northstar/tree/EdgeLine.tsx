import { useTranslation } from "react-i18next";
import type { Edge, NodeState } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatDelta, formatShare } from "@/lib/number";
import { judge } from "@/ui";
import { edgeWidth, linePath, type Layout, type Line } from "./layout";
import styles from "./tree.module.css";

/** What an edge says in words. */
export function useEdgeWords(): (edge: Edge, parent: NodeState | undefined, period: string) => string {
  const { t } = useTranslation("northstar");
  const { lang } = useText();
  return (edge, parent, period) => {
    if (edge.kind === "formula") {
      if (edge.contribution === null || parent === undefined) return edge.op;
      const amount = formatDelta(edge.contribution, parent, lang);
      return edge.share === null ? t("edge.part", { op: edge.op, amount }) : t("edge.share", { op: edge.op, amount, share: formatShare(edge.share, lang, 0) });
    }
    const lag = edge.lag > 0 ? t("edge.lag", { count: edge.lag, period }) : t("edge.sameTime");
    if (edge.strength === null) return `${lag} · ${t("edge.unknown", { count: edge.sample })}`;
    const sure = t(`confidence.${edge.confidence === "" ? "none" : edge.confidence}`);
    const agrees = edge.agrees === false ? ` · ${t("edge.disagrees")}` : "";
    return `${lag} · ${t("edge.strength", { strength: edge.strength.toFixed(2).replace("-", "−"), count: edge.sample, sure })}${agrees}`;
  };
}

/** The same in a few signs. */
export function useEdgeSigns(): (edge: Edge, parent: NodeState | undefined, period: string) => string {
  const { t } = useTranslation("northstar");
  const { lang } = useText();
  return (edge, parent, period) => {
    if (edge.kind === "formula") {
      const amount = edge.contribution === null || parent === undefined ? "" : formatDelta(edge.contribution, parent, lang);
      return [`${edge.op} ${amount}`, edge.share === null ? "" : formatShare(edge.share, lang, 0)].filter(Boolean).join(" · ");
    }
    const lag = edge.lag > 0 ? t("edge.lag", { count: edge.lag, period }) : t("edge.sameTime");
    return edge.strength === null ? lag : `${lag} · r ${edge.strength.toFixed(2).replace("-", "−")}`;
  };
}

export function EdgeLine({ plan, line: { edge, child }, period }: { plan: Layout; line: Line; period: string }) {
  const { t } = useTranslation("northstar");
  const words = useEdgeWords();
  const line = linePath(plan, { edge, child });
  if (line === null) return null;
  const parent = plan.placed.get(edge.to)?.node;
  const formula = edge.kind === "formula";
  const label = `${edge.lag > 0 ? `${t("edge.later", { count: edge.lag, period })} · ` : ""}${edge.strength === null ? "r ?" : `r ${edge.strength.toFixed(2).replace("-", "−")}`}`;
  const wide = [...label].reduce((sum, c) => sum + (c > "\u2e7f" ? 11 : 6), 16);
  const tone = formula ? judge(edge.contribution, parent?.direction) : "none";
  return (
    <g className={styles["edge"]} data-tone={tone} data-kind={edge.kind}>
      <title>{words(edge, parent, period)}</title>
      <path d={line.path} strokeWidth={formula ? edgeWidth(edge.share) : 1.5} />
      {formula ? (
        <>
          <circle cx={line.x} cy={line.y} r={10} />
          <text x={line.x} y={line.y + 4.5} textAnchor="middle">
            {edge.op}
          </text>
        </>
      ) : (
        <g>
          <rect x={line.x - wide / 2} y={line.y - 9} width={wide} height={18} rx={9} />
          <text x={line.x} y={line.y + 4} textAnchor="middle" className={styles["small"]}>
            {label}
          </text>
        </g>
      )}
    </g>
  );
}
