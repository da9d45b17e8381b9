import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useWidth } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatShare } from "@/lib/number";
import { datasetPath } from "@/lib/place";
import own from "./dataset.module.css";

export interface GraphLink {
  key: string;
  /** The dataset at the other end. */
  name: string;
  title: string;
  relationship: string;
  /** Share of keys found there; unknown before both have rows. */
  share?: number;
}

const row = 64;
const box = { width: 168, height: 40 };

/** The dataset in the middle, who refers to it on the left, what it refers to on the right. */
export function RelationGraph({ title, incoming, outgoing }: { title: string; incoming: GraphLink[]; outgoing: GraphLink[] }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const [ref, width] = useWidth(720);
  const height = Math.max(1, incoming.length, outgoing.length) * row;
  const middle = height / 2;
  const centre = incoming.length === 0 ? box.width / 2 : outgoing.length === 0 ? width - box.width / 2 : width / 2;
  const yOf = (i: number, n: number) => (height / n) * (i + 0.5);
  // Too narrow for two columns and words between them: the list below says it all.
  const fits = width >= (incoming.length > 0 && outgoing.length > 0 ? 800 : 520);
  const edge = (link: GraphLink, i: number, n: number, side: "in" | "out") => {
    const y = yOf(i, n);
    const x1 = side === "out" ? centre + box.width / 2 : box.width;
    const x2 = side === "out" ? width - box.width : centre - box.width / 2;
    const [y1, y2] = side === "out" ? [middle, y] : [y, middle];
    const bend = (x1 + x2) / 2;
    return (
      <g key={link.key} data-weak={(link.share !== undefined && link.share < 0.9) || undefined}>
        <path d={`M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`} />
        <text x={side === "out" ? 0.02 * x1 + 0.56 * bend + 0.42 * x2 : 0.42 * x1 + 0.56 * bend + 0.02 * x2} y={(side === "out" ? 0.16 * y1 + 0.84 * y2 : 0.84 * y1 + 0.16 * y2) - 8} textAnchor="middle">
          {link.relationship}
          {link.share !== undefined && ` · ${formatShare(link.share, lang)}`}
        </text>
      </g>
    );
  };
  if (incoming.length + outgoing.length === 0) return null;
  return (
    <div ref={ref}>
      {fits && (
        <div className={own["graph"]} style={{ height }} role="group" aria-label={t("relations.graph")}>
          <svg width={width} height={height} aria-hidden="true">
            {incoming.map((l, i) => edge(l, i, incoming.length, "in"))}
            {outgoing.map((l, i) => edge(l, i, outgoing.length, "out"))}
          </svg>
          <strong className={own["node"]} style={{ left: centre - box.width / 2, top: middle - box.height / 2 }}>
            {title}
          </strong>
          {incoming.map((l, i) => (
            <Link key={l.key} className={own["node"]} style={{ left: 0, top: yOf(i, incoming.length) - box.height / 2 }} to={`${datasetPath(l.name)}?tab=relations`}>
              {l.title}
            </Link>
          ))}
          {outgoing.map((l, i) => (
            <Link key={l.key} className={own["node"]} style={{ right: 0, top: yOf(i, outgoing.length) - box.height / 2 }} to={`${datasetPath(l.name)}?tab=relations`}>
              {l.title}
            </Link>
          ))}
        </div>
      )}
    </div>
  );
}
