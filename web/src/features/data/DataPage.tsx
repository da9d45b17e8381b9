import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { useReport } from "@/api/events";
import { useResources } from "@/api/hooks";
import type { DatasetSpec } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { useSetUrl, useUrlState } from "@/lib/url";
import { Button, Card, Empty, Input, LinkButton, Loaded, Notice, Page, PageHead, Segmented, Skeleton, useErrorText } from "@/ui";
import styles from "./data.module.css";
import { DatasetList } from "./DatasetList";
import { Health } from "./Health";
import { useData } from "./hooks";
import { useScores } from "./quality/hooks";
import { found, standings } from "./standing";
import { useSyncs } from "./sync/hooks";
import { Trouble } from "./Trouble";
import type { DataOverview } from "./types";
import { formatBytes } from "@/lib/number";

/** The other views of the data, from where rows come to whom they concern. */
function DataNav() {
  const { t } = useTranslation("data");
  const places = [
    { to: "/data/connections", icon: "link", key: "connections" },
    { to: "/data/events", icon: "list", key: "events" },
    { to: "/data/entities", icon: "user", key: "entities" },
    { to: "/data/processes", icon: "list", key: "processes" },
    { to: "/data/assets", icon: "table", key: "assets" },
  ] as const;
  return (
    <nav aria-label={t("home.views")} className={styles["nav"]}>
      {places.map((p) => (
        <LinkButton key={p.to} small icon={p.icon} to={p.to}>
          {t(`home.${p.key}`)}
        </LinkButton>
      ))}
    </nav>
  );
}

const views = ["", "trouble"] as const;

/** What needs somebody, then all datasets, to search. */
function Datasets({ overview }: { overview: DataOverview }) {
  const { t } = useTranslation("data");
  const textOf = useErrorText();
  const [q, setQ] = useUrlState("q");
  const [asked, setView] = useUrlState("view");
  const set = useSetUrl();
  const view = views.find((v) => v === asked) ?? "";
  const definitions = useResources<DatasetSpec>("datasets");
  const scores = useScores();
  const syncs = useSyncs((definitions.data ?? []).some((d) => d.spec.source?.sync !== undefined));
  const events = useReport(overview.items.some((d) => d.events === true));
  if (definitions.isPending || scores.isPending || syncs.isLoading || events.isLoading) return <Skeleton height={320} />;
  const rows = standings(overview.items, { definitions: definitions.data ?? [], syncs: syncs.data ?? [], scores: scores.data, events: events.data?.events ?? [] });
  const wrong = rows.filter((row) => row.wrong.length > 0);
  const shown = found(view === "trouble" ? wrong : rows, q);
  const missed = definitions.error ?? scores.error ?? syncs.error ?? events.error;
  return (
    <>
      {missed !== null && <Notice tone="bad">{t("home.missed", { why: textOf(missed) })}</Notice>}
      <Trouble rows={wrong} />
      <Card>
        <div className={styles["toolbar"]}>
          <Input type="search" className={styles["search"]} aria-label={t("home.search")} placeholder={t("home.search")} value={q} onChange={(e) => setQ(e.target.value)} />
          {(wrong.length > 0 || view !== "") && <Segmented label={t("home.show")} value={view} onChange={setView} options={views.map((v) => ({ value: v, label: t(`home.view.${v || "all"}`) }))} />}
          <span className={styles["count"]}>{t("home.found", { count: shown.length, all: rows.length })}</span>
        </div>
        {shown.length === 0 ? (
          <Empty
            icon="search"
            title={t("home.nothing")}
            action={<Button onClick={() => set({ q: "", view: "" })}>{t("home.showAll")}</Button>}
          >
            {t("home.nothingText")}
          </Empty>
        ) : (
          <DatasetList rows={shown} />
        )}
      </Card>
    </>
  );
}

/** The data of the workspace: what there is, how fresh, how clean, and who needs it. */
export function DataPage() {
  const { t } = useTranslation("data");
  const editor = useCan("editor");
  const [search] = useSearchParams();
  const data = useData();
  useTitle(t("home.title"));
  if (search.has("upload") && editor) return <Navigate to="/data/upload" replace />;
  const bring = (
    <>
      <LinkButton icon="link" to="/data/connections">
        {t("home.connect")}
      </LinkButton>
      <LinkButton variant="primary" icon="upload" to="/data/upload">
        {t("home.upload")}
      </LinkButton>
    </>
  );
  const actions = editor ? (
    <>
      <LinkButton icon="list" to="/data/prepare">
        {t("home.prepare")}
      </LinkButton>
      <LinkButton variant="primary" icon="upload" to="/data/upload">
        {t("home.upload")}
      </LinkButton>
    </>
  ) : undefined;
  return (
    <Page>
      <PageHead title={t("home.title")} lead={data.data === undefined ? t("home.lead") : <Health overview={data.data} />} actions={actions} />
      <DataNav />
      <Loaded query={data} skeleton={<Skeleton height={320} />}>
        {(overview) =>
          overview.items.length === 0 ? (
            <Card>
              <Empty icon="data" title={t("home.empty")} action={editor ? bring : undefined}>
                {editor ? t("home.emptyText") : t("home.emptyViewer")}
              </Empty>
            </Card>
          ) : (
            <div className={styles["stack"]}>
              <Datasets overview={overview} />
              <Room bytes={overview.summary.bytes} free={overview.summary.free} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Free room worth a hint, in bytes, when it is more than half of all. */
const muchFree = 500e6;

/** What all rows take on disk. */
function Room({ bytes, free }: { bytes: number; free: number }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const size = formatBytes(bytes, lang);
  if (free < bytes / 10) return <p className={styles["muted"]}>{t("home.onDisk", { size })}</p>;
  return (
    <p className={styles["muted"]}>
      {t("home.onDiskFree", { size, free: formatBytes(free, lang) })}
      {free > muchFree && free > bytes / 2 && <> · {t("home.compact")}</>}
    </p>
  );
}
