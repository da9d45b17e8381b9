import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { TreeState } from "@/api/types";
import { Sparkline } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatValue } from "@/lib/number";
import { Change, Icon } from "@/ui";
import { judgementOf, seriesOf } from "../late";
import { useEdgeSigns, useEdgeWords } from "./EdgeLine";
import { spanning, type Child } from "./layout";
import { StateDot } from "./NodeCard";
import styles from "./tree.module.css";

interface Props {
  state: TreeState;
  root: string;
  folded: ReadonlySet<string>;
  onFold: (metric: string) => void;
  onOpen: (metric: string) => void;
}

/** The same tree as nested lists, for phones and screen readers. */
export function Outline(props: Props) {
  const { state, root } = props;
  const below = useMemo(() => spanning(state, root), [state, root]);
  return (
    <ul className={styles["outline"]}>
      <Branch {...props} metric={root} child={null} below={below} />
    </ul>
  );
}

function Branch({ metric, child, below, ...props }: Props & { metric: string; child: Child | null; below: Map<string, Child[]> }) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const words = useEdgeWords();
  const signs = useEdgeSigns();
  const { state, folded, onFold, onOpen } = props;
  const node = state.nodes.find((n) => n.id === metric);
  if (node === undefined) return null;
  const children = child?.ref === true ? [] : (below.get(metric) ?? []);
  const shut = folded.has(metric);
  const name = pick(node.title, node.metric);
  const edge = child?.edge;
  const above = state.nodes.find((n) => n.id === edge?.to);
  const period = t(`grain.${state.period}`);
  return (
    <li>
      <div className={styles["line"]}>
        {children.length > 0 ? (
          <button type="button" className={styles["twist"]} aria-expanded={!shut} aria-label={shut ? t("unfold", { name }) : t("fold", { name })} onClick={() => onFold(metric)}>
            <Icon name={shut ? "right" : "down"} size={16} />
          </button>
        ) : (
          <span className={styles["twist"]} />
        )}
        <button type="button" className={styles["entry"]} onClick={() => onOpen(metric)}>
          <span className={styles["entryName"]}>
            <StateDot node={node} /> <span>{name}</span>
            {edge !== undefined && <small title={words(edge, above, period)}>{signs(edge, above, period)}</small>}
          </span>
          {child?.ref !== true && <Sparkline points={seriesOf(node)} width={64} height={24} label="" />}
          <span className={styles["entryValue"]}>
            <strong>{formatValue(node.value, node, lang)}</strong>
            <Change change={node.change} rate={node.changeRate} judgement={judgementOf(node)} unit={node.unit} format={node.format} />
          </span>
        </button>
      </div>
      {children.length > 0 && !shut && (
        <ul>
          {children.map((next) => (
            <Branch key={`${next.id}${next.edge.kind}`} {...props} metric={next.id} child={next} below={below} />
          ))}
        </ul>
      )}
    </li>
  );
}
