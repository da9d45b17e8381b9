import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useResource } from "@/api/hooks";
import { useCan } from "@/app/session";
import { Sparkline } from "@/charts";
import { DefinitionEditor, DeleteDefinition } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { formatFull, formatShare } from "@/lib/number";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Button, Card, Empty, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, Table, TabPanel, Tabs, useErrorText } from "@/ui";
import { ConflictsCard } from "./ConflictsCard";
import { useRefresh, useReports, useSourceTitle } from "./hooks";
import styles from "./identity.module.css";
import { kindsOf, type EntitySpec, type Report } from "./types";
import { WhoCard } from "./WhoCard";

function Tiles({ report }: { report: Report }) {
  const { t } = useTranslation("identity");
  const { lang } = useText();
  const tiles = [
    ["entities", report.entities],
    ["ids", report.ids],
    ["links", report.links],
    ["conflicts", report.conflicts],
    ["largest", report.largest],
  ] as const;
  return (
    <dl className={styles["tiles"]}>
      {tiles.map(([key, value]) => (
        <div key={key}>
          <dt>{t(`tile.${key}`)}</dt>
          <dd>{formatFull(value, lang)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The match rate of each source now, and over the days of the reports. */
function Sources({ reports }: { reports: Report[] }) {
  const { t } = useTranslation("identity");
  const { lang } = useText();
  const titleOf = useSourceTitle();
  const now = reports[0];
  const trend = (name: string) => reports.toReversed().map((r) => ({ time: r.at, value: r.sources.find((s) => s.name === name)?.rate ?? null, target: null, incomplete: false }));
  return (
    <Table
      label={t("sources.title")}
      rows={now?.sources ?? []}
      rowKey={(s) => s.name}
      columns={[
        { key: "name", title: t("sources.name"), head: true, sort: (s) => titleOf(s.name), cell: (s) => titleOf(s.name) },
        { key: "rate", title: t("sources.rate"), end: true, sort: (s) => s.rate, cell: (s) => formatShare(s.rate, lang) },
        { key: "trend", title: t("sources.trend"), cell: (s) => (reports.length > 1 ? <Sparkline points={trend(s.name)} label={t("sources.trendOf", { name: titleOf(s.name) })} /> : "—") },
        { key: "ids", title: t("sources.ids"), end: true, sort: (s) => s.ids, cell: (s) => t("sources.of", { matched: formatFull(s.matched, lang), ids: formatFull(s.ids, lang) }) },
        { key: "held", title: t("sources.held"), end: true, sort: (s) => s.held, cell: (s) => formatFull(s.held, lang) },
      ]}
    />
  );
}

function Together({ name, spec, reports }: { name: string; spec: EntitySpec; reports: ReturnType<typeof useReports> }) {
  const { t } = useTranslation("identity");
  const editor = useCan("editor");
  const edit = `/data/entities/${encodeURIComponent(name)}/edit`;
  if ((spec.links ?? []).length === 0) {
    return (
      <Card>
        <Empty icon="link" title={t("page.noLinks")} action={editor ? <LinkButton variant="primary" to={edit}>{t("page.addLinks")}</LinkButton> : undefined}>
          {t("page.noLinksText", { ids: kindsOf(spec).join(", ") })}
        </Empty>
      </Card>
    );
  }
  return (
    <div className={styles["stack"]}>
      <Card title={t("sources.title")}>
        <Loaded query={reports} skeleton={<Skeleton height={160} />}>
          {(list) =>
            list[0] === undefined ? (
              <Empty icon="clock" title={t("page.notYet")}>
                {t("page.notYetText")}
              </Empty>
            ) : (
              <div className={styles["stack"]}>
                <Tiles report={list[0]} />
                {list[0].refused > 0 && <Notice tone="watch">{t("page.refused", { count: list[0].refused })}</Notice>}
                <Sources reports={list} />
              </div>
            )
          }
        </Loaded>
      </Card>
      {editor ? (
        <>
          <WhoCard entity={name} kinds={kindsOf(spec)} />
          <ConflictsCard entity={name} />
        </>
      ) : (
        <Notice>{t("page.denied")}</Notice>
      )}
    </div>
  );
}

const views = ["ids", "code"] as const;

/** Which ids belong to one entity: how well they fit together, who is who, what needs a person. */
export function IdentityPage() {
  const { t } = useTranslation("identity");
  const { lang, pick } = useText();
  const { name = "" } = useParams();
  const editor = useCan("editor");
  const textOf = useErrorText();
  const [asked, setView] = useUrlState("tab");
  const view = views.find((v) => v === asked) ?? "ids";
  const entity = useResource<EntitySpec>("entities", name);
  const linked = (entity.data?.spec.links ?? []).length > 0;
  const reports = useReports(name, linked);
  const refresh = useRefresh(name);
  const title = t("page.title", { name: pick(entity.data?.metadata.title, name) });
  useTitle(title);
  const newest = reports.data?.[0];
  return (
    <Page>
      <PageHead
        title={title}
        lead={newest === undefined ? t("page.lead") : t("page.fresh", { ago: formatAgo(newest.at, lang) })}
        actions={
          editor && entity.data !== undefined ? (
            <>
              {linked && (
                <Button icon="play" busy={refresh.isPending} onClick={() => refresh.mutate()}>
                  {t("page.refresh")}
                </Button>
              )}
              <LinkButton variant="primary" icon="edit" to={`/data/entities/${encodeURIComponent(name)}/edit`}>
                {t("page.change")}
              </LinkButton>
              <DeleteDefinition plural="entities" resource={entity.data} text={t("page.deleteText")} to="/data/entities" />
            </>
          ) : undefined
        }
      />
      {refresh.error !== null && <Notice tone="bad">{textOf(refresh.error)}</Notice>}
      <Loaded query={entity} skeleton={<Skeleton height={240} />}>
        {(found) => (
          <>
            <Tabs label={t("page.views")} tabs={views.map((key) => ({ key, label: t(`page.view.${key}`) }))} value={view} onChange={(key) => setView(key === "ids" ? "" : key)} />
            <TabPanel id={view}>{view === "code" ? <DefinitionEditor key={found.revision} kind="Entity" plural="entities" name={name} /> : <Together name={name} spec={found.spec} reports={reports} />}</TabPanel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
