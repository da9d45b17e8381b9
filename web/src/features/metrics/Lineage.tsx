import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import type { DatasetSpec, TargetSpec, TreeSpec } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Card, Icon, type IconName } from "@/ui";
import { operandsOf, type Metric } from "./catalog";
import styles from "./metrics.module.css";

interface Node {
  key: string;
  icon: IconName;
  label: string;
  to: string;
  below: Node[];
}

function Branch({ nodes }: { nodes: readonly Node[] }) {
  return (
    <ul className={styles["branch"]}>
      {nodes.map((n) => (
        <li key={n.key}>
          <Link to={n.to}>
            <Icon name={n.icon} size={16} /> {n.label}
          </Link>
          {n.below.length > 0 && <Branch nodes={n.below} />}
        </li>
      ))}
    </ul>
  );
}

/** What the metric is made of, down to the datasets, and what is made of it. */
export function Lineage({ metric, all }: { metric: Metric; all: readonly Metric[] }) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const trees = useResources<TreeSpec>("trees");
  const targets = useResources<TargetSpec>("targets");
  const datasets = useResources<DatasetSpec>("datasets");
  const datasetTitle = (dataset: string) => pick(datasets.data?.find((d) => d.metadata.name === dataset)?.metadata.title, dataset);
  const name = metric.metadata.name;
  const node = (m: Metric, below: Node[]): Node => ({ key: m.metadata.name, icon: "metrics", label: pick(m.metadata.title, m.metadata.name), to: `/metrics/${encodeURIComponent(m.metadata.name)}`, below });

  // A definition cannot contain itself, but one that is out of order may seem to.
  const down = (m: Metric, above: readonly string[]): Node[] => {
    if (above.includes(m.metadata.name)) return [];
    const own: Node[] = m.spec.type === "simple" && m.spec.dataset !== undefined ? [{ key: `d:${m.spec.dataset}`, icon: "data", label: datasetTitle(m.spec.dataset), to: `/data/${encodeURIComponent(m.spec.dataset)}`, below: [] }] : [];
    const parts = operandsOf(m.spec).flatMap((n) => all.filter((x) => x.metadata.name === n));
    return [...own, ...parts.map((p) => node(p, down(p, [...above, m.metadata.name])))];
  };
  const up = (n: string, below: readonly string[]): Node[] => {
    if (below.includes(n)) return [];
    const users = all.filter((m) => operandsOf(m.spec).includes(n)).map((m) => node(m, up(m.metadata.name, [...below, n])));
    const inTrees = (trees.data ?? [])
      .filter((x) => [x.spec.root, ...(x.spec.guardrails ?? []).map((g) => g.metric), ...(x.spec.influences ?? []).flatMap((i) => [i.from, i.to])].includes(n))
      .map((x): Node => ({ key: `t:${x.metadata.name}`, icon: "tree", label: pick(x.metadata.title, x.metadata.name), to: `/trees/${encodeURIComponent(x.metadata.name)}`, below: [] }));
    const inTargets = (targets.data ?? []).filter((x) => x.spec.metric === n).map((x): Node => ({ key: `g:${x.metadata.name}`, icon: "target", label: pick(x.metadata.title, x.metadata.name), to: `/targets/${encodeURIComponent(x.metadata.name)}`, below: [] }));
    return [...users, ...inTrees, ...inTargets];
  };
  const [uses, used] = [down(metric, []), up(name, [])];
  return (
    <div className={styles["two"]}>
      <Card title={t("lineage.uses")}>{uses.length === 0 ? <p className={styles["quiet"]}>{t("lineage.nothing")}</p> : <Branch nodes={uses} />}</Card>
      <Card title={t("lineage.usedBy")}>{used.length === 0 ? <p className={styles["quiet"]}>{t("lineage.nobody")}</p> : <Branch nodes={used} />}</Card>
    </div>
  );
}
