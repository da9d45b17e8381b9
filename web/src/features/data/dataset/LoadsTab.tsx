import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCan, useSession } from "@/app/session";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { Button, Card, Chip, ConfirmButton, Empty, Loaded, Skeleton, Table, useErrorText, useToast, type Tone } from "@/ui";
import styles from "../data.module.css";
import { useCancel, useLoads, useUndo } from "../hooks";
import { formatDuration } from "../late";
import type { DatasetStatus, Load } from "../types";
import { RunState } from "../upload/RunState";

const tones: Record<Load["state"], Tone> = { running: "accent", done: "good", failed: "bad", canceled: "neutral" };

/** How a load ended, and why; one under way can be stopped. */
function Outcome({ load: r, failed }: { load: Load; failed: (error: unknown) => void }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const editor = useCan("editor");
  const cancel = useCancel();
  return (
    <>
      <Chip tone={tones[r.state]}>{t(`state.${r.state}`)}</Chip> {r.error !== undefined && pick(r.error.text)}
      {(r.warnings ?? []).map((w) => (
        <div key={w.code}>{pick(w.text)}</div>
      ))}
      {r.state === "running" && editor && (
        <Button small icon="close" onClick={() => cancel.mutate(r.id, { onError: failed })}>
          {t("run.cancel")}
        </Button>
      )}
    </>
  );
}

/** The loads, the newest first. `version` is that of the rows which are here now. */
function Loads({ loads, version, failed }: { loads: readonly Load[]; version: number; failed: (error: unknown) => void }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const actorName = useActor();
  const { zone } = useSession().workspace;
  const began = (r: Load) => formatInstant(r.startedAt, zone, lang);
  const took = (r: Load) => (r.startedAt === r.endedAt ? "" : formatDuration(r.startedAt, r.endedAt, lang));
  const rejected = (r: Load) => (r.rejected > 0 && r.version === version ? <Link to="?tab=rejects">{formatFull(r.rejected, lang)}</Link> : formatFull(r.rejected, lang));
  return (
    <Table
      label={t("tab.loads")}
      rows={loads}
      rowKey={(r) => r.id}
      item={(r) => (
        <>
          <div>
            <strong>{began(r)}</strong> {t(`did.${r.mode}`)} <span className={styles["muted"]}>{took(r)}</span>
          </div>
          <div>
            <Outcome load={r} failed={failed} />
          </div>
          <span className={styles["muted"]}>
            {[r.file, actorName(r.actor), `${t("loads.records")} ${formatFull(r.records, lang)}`, `${t("loads.loaded")} ${formatFull(r.loaded, lang)}`].filter((part) => part !== "").join(" · ")} · {t("loads.rejected")} {rejected(r)}
          </span>
        </>
      )}
      columns={[
        { key: "at", title: t("loads.at"), head: true, cell: (r) => <span className={styles["whole"]}>{began(r)}</span> },
        { key: "mode", title: t("loads.mode"), cell: (r) => <span className={styles["whole"]}>{t(`did.${r.mode}`)}</span> },
        { key: "file", title: t("loads.file"), cell: (r) => r.file },
        { key: "state", title: t("loads.state"), cell: (r) => <Outcome load={r} failed={failed} /> },
        { key: "records", title: t("loads.records"), end: true, cell: (r) => formatFull(r.records, lang) },
        { key: "loaded", title: t("loads.loaded"), end: true, cell: (r) => formatFull(r.loaded, lang) },
        { key: "rejected", title: t("loads.rejected"), end: true, cell: rejected },
        { key: "took", title: t("loads.took"), end: true, cell: (r) => <span className={styles["whole"]}>{took(r)}</span> },
        { key: "actor", title: t("loads.actor"), cell: (r) => actorName(r.actor) },
      ]}
    />
  );
}

/** Every change of the rows: what came, how long it took, how it ended. */
export function LoadsTab({ name, status }: { name: string; status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const loads = useLoads(name);
  const undo = useUndo(name);
  const failed = (error: unknown) => say(textOf(error), "bad");
  return (
    <Loaded query={loads} skeleton={<Skeleton height={240} />}>
      {(runs) => {
        const running = runs.filter((r) => r.state === "running");
        if (runs.length === 0) {
          return (
            <Card>
              <Empty icon="clock" title={t("loads.none")}>
                {t("loads.noneText")}
              </Empty>
            </Card>
          );
        }
        return (
          <Card
            title={t("loads.title")}
            actions={
              editor && status.canUndo === true ? (
                <ConfirmButton label={t("loads.undo")} title={t("loads.undoTitle")} icon="undo" onConfirm={() => undo.mutate(undefined, { onSuccess: () => say(t("loads.undone")), onError: failed })}>
                  <p>{t("loads.undoText")}</p>
                </ConfirmButton>
              ) : undefined
            }
          >
            {running.map((run) => (
              <RunState key={run.id} load={run} />
            ))}
            <Loads loads={runs} version={status.version} failed={failed} />
          </Card>
        );
      }}
    </Loaded>
  );
}
