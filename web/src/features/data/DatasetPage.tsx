import { useTranslation } from "react-i18next";
import { Link, Navigate, useParams } from "react-router";
import { useResource, useResources } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { LineageView } from "@/features/assets";
import { DeleteDefinition, Quarantined } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant } from "@/lib/date";
import { datasetPath } from "@/lib/place";
import { formatFull } from "@/lib/number";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Card, Chip, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, TabPanel, Tabs } from "@/ui";
import styles from "./data.module.css";
import { CodeTab } from "./dataset/CodeTab";
import { ColumnsTab } from "./dataset/ColumnsTab";
import { LoadsTab } from "./dataset/LoadsTab";
import { NoRows } from "./dataset/NoRows";
import { PreviewTab } from "./dataset/PreviewTab";
import { ProfileTab } from "./dataset/ProfileTab";
import { RejectsTab } from "./dataset/RejectsTab";
import { RelationsTab } from "./dataset/RelationsTab";
import { useLoads, useStatus } from "./hooks";
import { Freshness, KeyState } from "./marks";
import { RollupsTab } from "./dataset/RollupsTab";
import { QualityTab } from "./quality/QualityTab";
import { SyncTab } from "./sync/SyncTab";
import type { DatasetStatus } from "./types";

const tabs = ["preview", "sync", "profile", "quality", "lineage", "relations", "columns", "rejects", "loads", "rollups", "code"] as const;

function Facts({ dataset, status }: { dataset: Resource<DatasetSpec>; status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  if (status.connection !== undefined) {
    return (
      <p className={styles["chips"]}>
        <strong>{t("dataset.direct", { connection: status.connection, table: status.table ?? "" })}</strong>
        <span className={styles["muted"]}>{t("dataset.revision", { revision: dataset.revision })}</span>
      </p>
    );
  }
  return (
    <p className={styles["chips"]}>
      <strong>{t("rows", { count: status.rows })}</strong>
      <Freshness status={status} />
      <KeyState status={status} primaryKey={dataset.spec.primaryKey} />
      {status.loadedAt !== undefined && <span title={formatInstant(status.loadedAt, zone, lang)}>{t("dataset.loaded", { ago: formatAgo(status.loadedAt, lang) })}</span>}
      {status.dataTo !== undefined && <span>{t("dataset.dataTo", { at: formatInstant(status.dataTo, zone, lang) })}</span>}
      <span className={styles["muted"]}>{[status.version > 0 ? t("dataset.version", { version: status.version }) : "", t("dataset.revision", { revision: dataset.revision })].filter((part) => part !== "").join(" · ")}</span>
    </p>
  );
}

function Body({ dataset, status }: { dataset: Resource<DatasetSpec>; status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const editor = useCan("editor");
  const [asked, setTab] = useUrlState("tab");
  const synced = dataset.spec.source?.sync !== undefined;
  const shown = tabs.filter((key) => key !== "sync" || synced);
  const tab = shown.find((name) => name === asked) ?? "preview";
  const name = dataset.metadata.name;
  const direct = status.connection !== undefined;
  const prepared = dataset.spec.source?.from !== undefined;
  const empty = status.version === 0;
  const nothing = direct ? <Notice>{t("dataset.directText")}</Notice> : synced ? <SyncTab dataset={dataset} /> : prepared ? <Notice>{t("dataset.notMade")}</Notice> : <NoRows name={name} />;
  return (
    <>
      <PageHead
        title={
          <>
            {pick(dataset.metadata.title, name)} {pick(dataset.metadata.title, name) !== name && <code className={styles["muted"]}>{name}</code>}
          </>
        }
        lead={pick(dataset.metadata.description) || undefined}
        actions={
          editor && (
            <>
              {synced && tab !== "sync" && (
                <LinkButton variant="primary" icon="play" to="?tab=sync">
                  {t("tab.sync")}
                </LinkButton>
              )}
              {prepared && (
                <LinkButton variant="primary" icon="list" to={`${datasetPath(name)}/steps`}>
                  {t("dataset.steps")}
                </LinkButton>
              )}
              {!direct && !synced && !prepared && (
                <LinkButton variant="primary" icon="upload" to={`/data/upload?dataset=${encodeURIComponent(name)}`}>
                  {t("dataset.add")}
                </LinkButton>
              )}
              <LinkButton icon="tree" to={`/data/impact/${encodeURIComponent(name)}`}>
                {t("dataset.impact")}
              </LinkButton>
              <DeleteDefinition plural="datasets" resource={dataset} text={t("deleteText")} to="/data" />
            </>
          )
        }
      />
      <Facts dataset={dataset} status={status} />
      <Quarantined resource={dataset} means={t("dataset.quarantined")} />
      {status.keyBroken === true && <Notice tone="watch">{t("dataset.keyBroken")}</Notice>}
      {(status.outdated ?? 0) > 0 && (
        <Notice tone="bad">
          {t("dataset.outdated", { count: status.outdated ?? 0 })} <Link to={`${datasetPath(name)}?tab=rejects`}>{t("tab.rejects")}</Link>
        </Notice>
      )}
      <div className={styles["tabs"]}>
        <Tabs label={t("dataset.tabs")} tabs={shown.map((key) => ({ key, label: key === "rejects" && status.rejects > 0 ? <>{t(`tab.${key}`)} <Chip tone="watch">{formatFull(status.rejects, lang)}</Chip></> : t(`tab.${key}`) }))} value={tab} onChange={(key) => setTab(key === "preview" ? "" : key)} />
      </div>
      <TabPanel id={tab}>
        {tab === "preview" && (empty ? nothing : <PreviewTab dataset={dataset} />)}
        {tab === "profile" && (empty ? nothing : <ProfileTab dataset={dataset} />)}
        {tab === "sync" && <SyncTab dataset={dataset} />}
        {tab === "quality" && <QualityTab dataset={dataset} />}
        {tab === "lineage" && <LineageView of={`Dataset/${name}`} />}
        {tab === "relations" && <RelationsTab dataset={dataset} loaded={!empty} />}
        {tab === "columns" && <ColumnsTab key={dataset.revision} dataset={dataset} loaded={!empty} />}
        {tab === "rejects" && <RejectsTab dataset={dataset} />}
        {tab === "loads" && <LoadsTab name={name} status={status} />}
        {tab === "rollups" && <RollupsTab dataset={dataset} />}
        {tab === "code" && <CodeTab dataset={dataset} />}
      </TabPanel>
    </>
  );
}

/** The datasets that lead from ids to unified entities belong to those: their page says what there is to say. */
function useEntityOf(dataset: string, wanted: boolean): string | undefined {
  const entities = useResources<unknown>("entities", wanted && dataset.startsWith("unified_"));
  const names = (entities.data ?? []).map((e) => e.metadata.name).filter((e) => dataset === `unified_${e}` || dataset.startsWith(`unified_${e}_by_`));
  return names.toSorted((a, b) => b.length - a.length)[0];
}

/** One dataset: its rows, their quality, and its definition. */
export function DatasetPage() {
  const { name = "" } = useParams();
  const { pick } = useText();
  const dataset = useResource<DatasetSpec>("datasets", name);
  const status = useStatus(name);
  useLoads(name); // so that what a run brings is seen on every tab
  useTitle(pick(dataset.data?.metadata.title, name));
  const entity = useEntityOf(name, dataset.isError);
  if (entity !== undefined) return <Navigate to={`/data/entities/${encodeURIComponent(entity)}`} replace />;
  // The rows of an event are a dataset; what there is to say of it stands with the plan.
  if (status.data?.events === true) return <Navigate to={`/data/events/${encodeURIComponent(name)}`} replace />;
  const skeleton = (
    <Card>
      <Skeleton height={320} />
    </Card>
  );
  return (
    <Page>
      <Loaded query={dataset} skeleton={skeleton}>
        {(resource) => <Loaded query={status} skeleton={skeleton}>{(state) => <Body dataset={resource} status={state} />}</Loaded>}
      </Loaded>
    </Page>
  );
}
