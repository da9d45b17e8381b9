import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant, formatSpan } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { Card, Chip, Empty, Loaded, Notice, Skeleton, Table, type Tone } from "@/ui";
import styles from "../data.module.css";
import { formatDuration } from "../late";
import { formatBytes } from "../upload";
import { useSync } from "./hooks";
import { SyncActions } from "./SyncActions";
import { SyncMark } from "./SyncMark";
import type { SyncRun, SyncStatus } from "./types";

const tones: Record<SyncRun["state"], Tone> = { waiting: "neutral", running: "accent", done: "good", failed: "bad", canceled: "neutral" };

const because = (run: SyncRun, t: TFunction<"sync">) => (run.full === true ? t("trigger.full") : t(`trigger.${run.trigger}`, { from: run.from ?? "", to: run.to ?? "" }));

/** When it runs, in words. */
function Lead({ sync }: { sync: SyncStatus }) {
  const { t } = useTranslation("sync");
  const { lang } = useText();
  const { every, cron, after = [] } = sync.schedule;
  const when = [every !== undefined ? t("every", { span: formatSpan(every, lang) }) : "", cron !== undefined ? t("cron", { cron }) : "", after.length > 0 ? t("after", { datasets: after.join(", ") }) : ""].filter((s) => s !== "");
  return (
    <p>
      {t("lead", { table: sync.table, connection: sync.connection, mode: t(`mode.${sync.mode}`) })} {when.length === 0 ? t("byHand") : when.join(" ")}
    </p>
  );
}

/** How far the run under way is. */
function Current({ run }: { run: SyncRun }) {
  const { t } = useTranslation("sync");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const phase = t(`phase.${run.phase ?? "waiting"}`);
  return (
    <div className={styles["stack"]}>
      <div className={styles["run"]}>
        <progress className={styles["progress"]} aria-label={phase} />
        <span className={styles["muted"]}>
          {phase} · {t("progress", { rows: formatFull(run.read, lang), loaded: formatFull(run.loaded, lang), bytes: formatBytes(run.bytes, lang) })}
          {run.attempt > 1 && ` · ${t("attempt", { n: run.attempt })}`}
          {run.nextTry !== undefined && ` · ${t("tryAgain", { at: formatInstant(run.nextTry, zone, lang) })}`}
        </span>
      </div>
      {run.error !== undefined && <Notice tone="watch">{pick(run.error.text)}</Notice>}
    </div>
  );
}

/** The sync of a dataset: how it stands, what can be done, and its runs. */
export function SyncTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("sync");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const editor = useCan("editor");
  const sync = useSync(dataset.metadata.name);
  return (
    <Loaded query={sync} skeleton={<Skeleton height={240} />}>
      {(status) => (
        <div className={styles["stack"]}>
          <Card title={t("tab")} actions={editor ? <SyncActions dataset={dataset} sync={status} /> : undefined}>
            <Lead sync={status} />
            <SyncMark sync={status} />
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
          </Card>
          <Card title={t("runs")}>
            {status.runs.length === 0 ? (
              <Empty icon="clock" title={t("none")}>
                {t("noneText")}
              </Empty>
            ) : (
              <Table
                label={t("runs")}
                rows={status.runs}
                rowKey={(r) => r.id}
                columns={[
                  { key: "at", title: t("column.at"), head: true, cell: (r) => formatInstant(r.startedAt ?? r.createdAt, zone, lang) },
                  { key: "why", title: t("column.why"), cell: (r) => because(r, t) },
                  {
                    key: "state",
                    title: t("column.state"),
                    cell: (r) => (
                      <>
                        <Chip tone={tones[r.state]}>{t(`state.${r.state}`)}</Chip> {r.attempt > 1 && t("attempt", { n: r.attempt })} {r.error !== undefined && pick(r.error.text)}
                        {(r.warnings ?? []).map((w) => (
                          <div key={w.code}>{pick(w.text)}</div>
                        ))}
                      </>
                    ),
                  },
                  { key: "read", title: t("column.read"), end: true, cell: (r) => formatFull(r.read, lang) },
                  { key: "loaded", title: t("column.loaded"), end: true, cell: (r) => formatFull(r.loaded, lang) },
                  { key: "deleted", title: t("column.deleted"), end: true, cell: (r) => formatFull(r.deleted, lang) },
                  { key: "rejected", title: t("column.rejected"), end: true, cell: (r) => formatFull(r.rejected, lang) },
                  { key: "took", title: t("column.took"), end: true, cell: (r) => (r.startedAt === undefined ? "" : formatDuration(r.startedAt, r.endedAt, lang)) },
                ]}
              />
            )}
          </Card>
        </div>
      )}
    </Loaded>
  );
}
