import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { useResource, useResources } from "@/api/hooks";
import type { DatasetSpec, Resource, SyncSpec } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant, formatSpan } from "@/lib/date";
import { formatBytes, formatFull } from "@/lib/number";
import { Card, Chip, Empty, Loaded, Notice, Skeleton, Table, type Tone } from "@/ui";
import styles from "../data.module.css";
import { formatDuration } from "../late";
import { useSync } from "./hooks";
import { SyncActions } from "./SyncActions";
import { SyncMark } from "./SyncMark";
import type { SyncRun, SyncStatus } from "./types";
import { Upcoming } from "./Upcoming";

const tones: Record<SyncRun["state"], Tone> = { waiting: "neutral", running: "accent", done: "good", failed: "bad", canceled: "neutral" };

const because = (run: SyncRun, t: TFunction<"sync">) => (run.full === true ? t("trigger.full") : t(`trigger.${run.trigger}`, { from: run.from ?? "", to: run.to ?? "" }));

/** What it reads, when it runs and what it does about new columns, in words. */
function Lead({ sync, drift }: { sync: SyncStatus; drift: SyncSpec["drift"] }) {
  const { t } = useTranslation("sync");
  const { lang, pick } = useText();
  const connection = useResource("connections", sync.connection);
  const datasets = useResources("datasets");
  const { every, cron, after = [] } = sync.schedule;
  const titles = after.map((name) => pick(datasets.data?.find((d) => d.metadata.name === name)?.metadata.title, name));
  const when = [every !== undefined ? t("every", { span: formatSpan(every, lang) }) : "", cron !== undefined ? t("cron", { cron }) : "", after.length > 0 ? t("after", { datasets: titles.join(lang === "zh-CN" ? "、" : ", ") }) : ""].filter((s) => s !== "");
  return (
    <p>
      {t("lead", { table: sync.table, connection: pick(connection.data?.metadata.title, sync.connection), mode: t(`mode.${sync.mode}`) })} {when.length === 0 ? t("byHand") : when.join(" ")} {t(`driftRule.${drift ?? "hold"}`)}
    </p>
  );
}

/** How far the run under way is. */
function Current({ run }: { run: SyncRun }) {
  const { t } = useTranslation("sync");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const phase = run.nextTry === undefined ? t(`phase.${run.phase ?? "waiting"}`) : t("phase.again");
  return (
    <>
      <div className={styles["run"]}>
        {run.state === "running" && <progress className={styles["progress"]} aria-label={phase} />}
        <span className={styles["muted"]}>
          {phase}
          {run.nextTry !== undefined && ` · ${t("tryAgain", { at: formatInstant(run.nextTry, zone, lang) })}`}
          {(run.state === "running" || run.pieces > 0) && ` · ${t("progress", { rows: formatFull(run.read, lang), loaded: formatFull(run.loaded, lang), bytes: formatBytes(run.bytes, lang) })}`}
          {run.attempt > 1 && ` · ${t("attempt", { n: run.attempt })}`}
        </span>
      </div>
      {run.error !== undefined && <Notice tone="watch">{pick(run.error.text)}</Notice>}
    </>
  );
}

/** How a run ended, and why. */
function Outcome({ run }: { run: SyncRun }) {
  const { t } = useTranslation("sync");
  const { pick } = useText();
  return (
    <>
      <Chip tone={tones[run.state]}>{t(`state.${run.state}`)}</Chip> {run.attempt > 1 && t("attempt", { n: run.attempt })} {run.error !== undefined && pick(run.error.text)}
      {(run.warnings ?? []).map((w) => (
        <div key={w.code}>{pick(w.text)}</div>
      ))}
    </>
  );
}

/** What was run, the newest first. */
function Runs({ runs }: { runs: readonly SyncRun[] }) {
  const { t } = useTranslation("sync");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const began = (r: SyncRun) => formatInstant(r.startedAt ?? r.createdAt, zone, lang);
  const took = (r: SyncRun) => (r.startedAt === undefined ? "" : formatDuration(r.startedAt, r.endedAt, lang));
  const figures = ["read", "loaded", "deleted", "rejected"] as const;
  return (
    <Table
      label={t("runs")}
      rows={runs}
      rowKey={(r) => r.id}
      item={(r) => (
        <>
          <div>
            <strong>{began(r)}</strong> {because(r, t)} <span className={styles["muted"]}>{took(r)}</span>
          </div>
          <div>
            <Outcome run={r} />
          </div>
          <span className={styles["muted"]}>{figures.map((f) => `${t(`column.${f}`)} ${formatFull(r[f], lang)}`).join(" · ")}</span>
        </>
      )}
      columns={[
        { key: "at", title: t("column.at"), head: true, cell: (r) => <span className={styles["whole"]}>{began(r)}</span> },
        { key: "why", title: t("column.why"), cell: (r) => <span className={styles["whole"]}>{because(r, t)}</span> },
        { key: "state", title: t("column.state"), cell: (r) => <Outcome run={r} /> },
        ...figures.map((f) => ({ key: f, title: t(`column.${f}`), end: true, cell: (r: SyncRun) => formatFull(r[f], lang) })),
        { key: "took", title: t("column.took"), end: true, cell: (r) => <span className={styles["whole"]}>{took(r)}</span> },
      ]}
    />
  );
}

/** The sync of a dataset: how it stands, what can be done, and its runs. */
export function SyncTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("sync");
  const { pick } = useText();
  const editor = useCan("editor");
  const sync = useSync(dataset.metadata.name);
  return (
    <Loaded query={sync} skeleton={<Skeleton height={240} />}>
      {(status) => (
        <div className={styles["stack"]}>
          <Card title={t("tab")} actions={editor ? <SyncActions dataset={dataset} sync={status} /> : undefined}>
            <div className={styles["stack"]}>
              <Lead sync={status} drift={dataset.spec.source?.sync?.drift} />
              <SyncMark sync={{ ...status, next: undefined }} />
              {status.paused !== true && (status.schedule.every ?? status.schedule.cron) !== undefined && <Upcoming name={dataset.metadata.name} schedule={status.schedule} />}
              {status.current !== undefined && <Current run={status.current} />}
              {status.current === undefined && status.failing === true && status.last?.error !== undefined && <Notice tone="bad">{pick(status.last.error.text)}</Notice>}
              {(status.drift ?? []).length > 0 && (
                <Notice tone="watch">
                  <p>
                    <strong>{t("driftTitle")}</strong> {(status.drift ?? []).map((d) => d.column).join(", ")}
                  </p>
                  <p>{t("driftText")}</p>
                </Notice>
              )}
            </div>
          </Card>
          <Card title={t("runs")}>
            {status.runs.length === 0 ? (
              <Empty icon="clock" title={t("none")}>
                {t("noneText")}
              </Empty>
            ) : (
              <Runs runs={status.runs} />
            )}
          </Card>
        </div>
      )}
    </Loaded>
  );
}
