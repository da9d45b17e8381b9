import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useDelete, useResource, useResources } from "@/api/hooks";
import { judgementOf } from "@/api/summaries";
import type { Grain, MetricSpec } from "@/api/types";
import { useCan } from "@/app/session";
import { Sparkline } from "@/charts";
import { KeptView, LineageView, ScoreView, Support } from "@/features/assets";
import { DefinitionEditor, Quarantined } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatPeriod } from "@/lib/date";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Button, Change, ConfirmButton, DataMark, LinkButton, Loaded, Notice, Num, Page, PageHead, Skeleton, TabPanel, Tabs, useErrorText } from "@/ui";
import { useSummary } from "./api";
import type { Metric } from "./catalog";
import { Definition } from "./Definition";
import { DimensionChips } from "./DimensionChips";
import { useFollowing } from "./following";
import { History } from "./History";
import { TrendTab } from "./TrendTab";
import { Trust } from "./Trust";
import { Steps } from "./Steps";
import { UsedIn } from "./UsedIn";
import styles from "./metrics.module.css";

const tabs = ["overview", "trend", "lineage", "used", "history", "code"] as const;
type TabKey = (typeof tabs)[number];

/** The newest value, how it moved, and how fresh it is. */
function Glance({ metric }: { metric: Metric }) {
  const { t } = useTranslation("metrics");
  const { lang, pick } = useText();
  const period: Grain = "week";
  const query = useSummary(metric.metadata.name, period);
  const { unit, format } = metric.spec;
  return (
    <Loaded query={query} skeleton={<Skeleton height={56} width={360} />}>
      {(s) => (
        <div className={styles["glance"]}>
          <span className={styles["headline"]}>
            <Num value={s.value} unit={unit} format={format} reason={s.noValue?.text} />
          </span>
          {s.change !== null && <Change change={s.change} rate={s.changeRate} judgement={judgementOf(s)} unit={unit} format={format} />}
          <span className={styles["quiet"]}>{s.noValue === null ? formatPeriod(s.series.at(-1)?.time.slice(0, 10) ?? "", period, lang) : pick(s.noValue.text)}</span>
          <Sparkline points={s.series} width={160} height={40} label={t("sparkLabel", { name: pick(metric.metadata.title, metric.metadata.name), count: s.series.length })} />
          <Trust freshness={s.freshness} />
          <DataMark distrust={s.freshness?.distrust} />
        </div>
      )}
    </Loaded>
  );
}

function Detail({ metric, all }: { metric: Metric; all: readonly Metric[] }) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const name = metric.metadata.name;
  const editor = useCan("editor");
  const navigate = useNavigate();
  const textOf = useErrorText();
  const remove = useDelete("metrics");
  const [following, toggle] = useFollowing();
  const [chosen, setTab] = useUrlState("tab", true);
  const tab: TabKey = tabs.find((k) => k === chosen) ?? "overview";
  const title = pick(metric.metadata.title, name);
  const other = pick({ zh: metric.metadata.title?.en, en: metric.metadata.title?.zh });
  const path = encodeURIComponent(name);
  return (
    <>
      <PageHead
        title={title}
        lead={
          <>
            {other !== title && other !== "" && <span>{other} · </span>}
            <code>{name}</code>
          </>
        }
        actions={
          <>
            <Button icon="star" aria-pressed={following.has(name)} onClick={() => toggle(name)}>
              {t(following.has(name) ? "following" : "follow")}
            </Button>
            <LinkButton icon="explore" to={`/explore?m=${path}&g=week`}>
              {t("explore")}
            </LinkButton>
            <LinkButton icon="list" to={`/metrics?pick=${path}`}>
              {t("compare.with")}
            </LinkButton>
            {editor && (
              <LinkButton variant="primary" icon="edit" to={`/metrics/${path}/edit`}>
                {t("edit")}
              </LinkButton>
            )}
          </>
        }
      />
      <Quarantined resource={metric} means={t("quarantined")} />
      <Glance metric={metric} />
      <Tabs label={title} tabs={tabs.map((key) => ({ key, label: t(`tab.${key}`) }))} value={tab} onChange={(key) => setTab(key === "overview" ? "" : key)} />
      <TabPanel id={tab}>
        {tab === "overview" && (
          <div className={styles["overview"]}>
            <Definition metric={metric} all={all} />
            <div className={styles["stack"]}>
              <Steps metric={name} />
              <DimensionChips metric={name} />
              <Support of={`Metric/${name}`} />
              <KeptView of={`Metric/${name}`} />
              <ScoreView metric={name} />
            </div>
            {editor && (
              <div>
                <ConfirmButton small label={t("delete")} title={t("deleteTitle", { name: title })} onConfirm={() => remove.mutate({ name }, { onSuccess: () => void navigate("/metrics") })}>
                  <p>{t("deleteText")}</p>
                </ConfirmButton>
                {remove.isError && <Notice tone="bad"><span className={styles["lines"]}>{textOf(remove.error)}</span></Notice>}
              </div>
            )}
          </div>
        )}
        {tab === "trend" && <TrendTab metric={metric} title={title} />}
        {tab === "lineage" && <LineageView of={`Metric/${name}`} />}
        {tab === "used" && <UsedIn name={name} />}
        {tab === "history" && <History name={name} />}
        {tab === "code" && <DefinitionEditor key={metric.revision} kind="Metric" plural="metrics" name={name} />}
      </TabPanel>
    </>
  );
}

/** Everything about one metric. */
export function MetricPage() {
  const { t } = useTranslation("metrics");
  const { name = "" } = useParams();
  const { pick } = useText();
  const metric = useResource<MetricSpec>("metrics", name);
  const all = useResources<MetricSpec>("metrics");
  useTitle(pick(metric.data?.metadata.title, name));
  return (
    <Page>
      <Loaded query={metric} skeleton={<Skeleton height={360} />}>
        {(one) => (one.kind === "Metric" ? <Detail key={name} metric={one} all={all.data ?? [one]} /> : <Notice>{t("none.title")}</Notice>)}
      </Loaded>
    </Page>
  );
}
