import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResource } from "@/api/hooks";
import type { DatasetSpec, MetricSpec, NodeState, TreeState } from "@/api/types";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { datasetPath } from "@/lib/place";
import { Loaded, Skeleton } from "@/ui";
import styles from "./northstar.module.css";

/** A formula with the metrics in it as links. */
export function Formula({ text, metrics, onOpen }: { text: string; metrics: ReadonlyMap<string, string>; onOpen: (metric: string) => void }) {
  const pieces = text.split(/([A-Za-z_][A-Za-z0-9_]*)/);
  return (
    <code className={styles["formula"]}>
      {pieces.map((piece, i) => {
        const title = metrics.get(piece);
        return title === undefined ? (
          piece
        ) : (
          <button key={i} type="button" onClick={() => onOpen(piece)} title={piece}>
            {title}
          </button>
        );
      })}
    </code>
  );
}

/** One line of the definition; absent when there is nothing to say. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What the metric means, in words and as a formula, who owns it and how fresh it is. */
export function Definition({ state, node, onOpen }: { state: TreeState; node: NodeState; onOpen: (metric: string) => void }) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const actorName = useActor();
  const query = useResource<MetricSpec>("metrics", node.metric);
  const dataset = useResource<DatasetSpec>("datasets", query.data?.spec.dataset);
  const titles = new Map(state.nodes.map((n) => [n.metric, pick(n.title, n.metric)]));
  return (
    <Loaded query={query} skeleton={<Skeleton height={200} />}>
      {({ metadata, spec, revision, author, updatedAt }) => {
        const formula = spec.type === "ratio" ? `${spec.numerator?.metric ?? ""} / ${spec.denominator?.metric ?? ""}` : node.formula;
        const simple = `${spec.agg ?? ""}(${spec.expr || "*"})${spec.where ? ` where ${spec.where}` : ""}`;
        return (
          <dl className={styles["facts"]}>
            <Fact name={t("def.meaning")}>{pick(metadata.description)}</Fact>
            <Fact name={t("def.formula")}>{formula === "" ? <code className={styles["formula"]}>{simple}</code> : <Formula text={formula} metrics={titles} onOpen={onOpen} />}</Fact>
            <Fact name={t("def.dataset")}>{spec.dataset ? <Link to={datasetPath(spec.dataset)}>{pick(dataset.data?.metadata.title, spec.dataset)}</Link> : ""}</Fact>
            <Fact name={t("def.action")}>{pick(spec.action)}</Fact>
            <Fact name={t("def.pitfalls")}>{pick(spec.pitfalls)}</Fact>
            <Fact name={t("def.owner")}>{node.owner || t("def.noOwner")}</Fact>
            <Fact name={t("def.steward")}>{metadata.steward ?? ""}</Fact>
            <Fact name={t("def.loaded")}>{formatInstant(node.freshness.loadedAt, state.timezone, lang)}</Fact>
            <Fact name={t("def.dataTo")}>{formatInstant(node.freshness.dataTo, state.timezone, lang)}</Fact>
            <Fact name={t("def.revision")}>
              {revision > 1 ? (
                <>
                  {t("def.changed", { revision, by: actorName(author), at: formatInstant(updatedAt, state.timezone, lang) })} <Link to={`/metrics/${encodeURIComponent(node.metric)}?tab=history`}>{t("def.history")}</Link>
                </>
              ) : (
                t("def.first", { by: actorName(author), at: formatInstant(updatedAt, state.timezone, lang) })
              )}
            </Fact>
          </dl>
        );
      }}
    </Loaded>
  );
}
