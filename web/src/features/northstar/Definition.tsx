import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResource } from "@/api/hooks";
import type { MetricSpec, NodeState, TreeState } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
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

/** What the metric means, in words and as a formula, who owns it and how fresh it is. */
export function Definition({ state, node, onOpen }: { state: TreeState; node: NodeState; onOpen: (metric: string) => void }) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const query = useResource<MetricSpec>("metrics", node.metric);
  const titles = new Map(state.nodes.map((n) => [n.metric, pick(n.title, n.metric)]));
  return (
    <Loaded query={query} skeleton={<Skeleton height={200} />}>
      {({ metadata, spec, revision }) => {
        const rows: [string, ReactNode][] = [
          [t("def.meaning"), pick(metadata.description)],
          [t("def.formula"), node.formula !== "" ? <Formula text={node.formula} metrics={titles} onOpen={onOpen} /> : <code className={styles["formula"]}>{`${spec.agg ?? ""}(${spec.expr || "*"})${spec.where ? ` where ${spec.where}` : ""}`}</code>],
          [t("def.dataset"), spec.dataset === undefined || spec.dataset === "" ? "" : <Link to={`/data/${encodeURIComponent(spec.dataset)}`}>{spec.dataset}</Link>],
          [t("def.action"), pick(spec.action)],
          [t("def.pitfalls"), pick(spec.pitfalls)],
          [t("def.owner"), node.owner || t("def.noOwner")],
          [t("def.steward"), metadata.steward ?? ""],
          [t("def.loaded"), formatInstant(node.freshness.loadedAt, state.timezone, lang)],
          [t("def.dataTo"), formatInstant(node.freshness.dataTo, state.timezone, lang)],
          [t("def.revision"), String(revision)],
        ];
        return (
          <dl className={styles["facts"]}>
            {rows
              .filter(([, value]) => value !== "")
              .map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
        );
      }}
    </Loaded>
  );
}
