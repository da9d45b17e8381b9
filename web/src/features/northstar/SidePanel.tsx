import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useRun } from "@/api/hooks";
import type { NodeState, TreeState } from "@/api/types";
import { TrendChart, useBreaks, type TrendPoint } from "@/charts";
import { Why, type WhyState } from "@/features/explain";
import { useText } from "@/i18n/useText";
import { addPeriods, dayIn, formatInstant } from "@/lib/date";
import { Change, Chip, DataMark, Drawer, LinkButton, Loaded, Num, Skeleton, TabPanel, Tabs } from "@/ui";
import { askOf } from "./ask";
import { Definition } from "./Definition";
import { judgementOf, seriesOf } from "./late";
import { SplitBy } from "./SplitBy";
import styles from "./northstar.module.css";

const periods = 13;

/** 13 periods with the same ones a year before, where there are any, and the target. */
function Trend({ state, node }: { state: TreeState; node: NodeState }) {
  const { t } = useTranslation("northstar");
  const { pick } = useText();
  const now = dayIn(state.range.from, state.timezone);
  const query = useRun({
    metrics: [askOf(node)],
    by: [{ time: state.period }],
    time: { from: addPeriods(now, state.period, 1 - periods), to: addPeriods(now, state.period, 1) },
    // By date a year back begins in the middle of a week.
    compare: { to: "previous_year", align: state.period === "week" || state.period === "day" ? "weekday" : undefined },
    fill: true,
    timezone: state.timezone,
  });
  const breaks = useBreaks(node.metric, state.timezone);
  const own = new Map(seriesOf(node).map((p) => [dayIn(p.time, state.timezone), p]));
  return (
    <Loaded query={query} skeleton={<Skeleton height={240} />}>
      {(result) => {
        const at = (name: string) => result.columns.findIndex((c) => c.name === name);
        const [time, value, previous] = [at(`time.${state.period}`), at(node.metric), at(`${node.metric}__previous`)];
        const number = (cell: unknown) => (typeof cell === "number" ? cell : null);
        const points = result.rows.flatMap((row): TrendPoint[] => {
          const day = row[time];
          if (typeof day !== "string") return [];
          const point = own.get(day.slice(0, 10));
          return [{ time: day, value: number(row[value]), previous: number(row[previous]), target: point?.target ?? null, incomplete: point?.incomplete ?? false }];
        });
        const compared = points.some((p) => (p.previous ?? null) !== null);
        return (
          <>
            <TrendChart title={compared ? t("trend.compared") : t("trend.title")} points={compared ? points : points.map((p) => ({ ...p, previous: undefined }))} grain={state.period} breaks={breaks} measure={node} fileName={node.metric} />
            {compared && <p className={styles["small"]}>{t("trend.legend", { name: pick(node.title, node.metric) })}</p>}
          </>
        );
      }}
    </Loaded>
  );
}

type Tab = "trend" | "why" | "split" | "definition";
const tabs: readonly Tab[] = ["trend", "why", "split", "definition"];

interface Props {
  state: TreeState;
  node: NodeState;
  tab: string;
  onTab: (tab: string) => void;
  onOpen: (metric: string) => void;
  onClose: () => void;
}

/** Everything about one metric of the tree, beside it. */
export function SidePanel({ state, node, tab, onTab, onOpen, onClose }: Props) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const [why, setWhy] = useState<WhyState>({ mode: "", steps: [] });
  const current = tabs.find((k) => k === tab) ?? "trend";
  const name = pick(node.title, node.metric) + (node.where ? ` · ${node.where}` : "");
  const missing = node.error ?? node.noValue;
  return (
    <Drawer
      title={name}
      onClose={onClose}
      footer={
        <LinkButton variant="primary" to={`/metrics/${encodeURIComponent(node.metric)}`}>
          {t("openMetric")}
        </LinkButton>
      }
    >
      <p className={styles["panelValue"]}>
        <strong>
          <Num value={node.value} unit={node.unit} format={node.format} reason={missing?.text} />
        </strong>
        <Change change={node.change} rate={node.changeRate} judgement={judgementOf(node)} unit={node.unit} format={node.format} />
        <DataMark distrust={node.freshness.distrust} />
        {node.freshness.late === true && <Chip icon="clock">{t("freshness.late", { at: formatInstant(node.freshness.dataTo, state.timezone, lang) })}</Chip>}
      </p>
      {missing !== null && <p className={styles["small"]}>{pick(missing.text)}</p>}
      <Tabs label={name} tabs={tabs.map((key) => ({ key, label: t(`panel.${key}`) }))} value={current} onChange={onTab} />
      <TabPanel id={current}>
        {current === "trend" && <Trend state={state} node={node} />}
        {current === "why" && <Why metric={node.metric} where={node.where} title={name} period={state.period} from={state.previous} to={state.range} timezone={state.timezone} state={why} onState={setWhy} />}
        {current === "split" && <SplitBy state={state} node={node} />}
        {current === "definition" && <Definition state={state} node={node} onOpen={onOpen} />}
      </TabPanel>
    </Drawer>
  );
}
