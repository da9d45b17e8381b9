import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useCan, useSession } from "@/app/session";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { Button, Card, Chip, ConfirmButton, Empty, Loaded, Skeleton, Table, useErrorText, useToast, type Tone } from "@/ui";
import { useCancel, useLoads, useUndo } from "../hooks";
import { formatDuration } from "../late";
import type { DatasetStatus, Load } from "../types";
import { RunState } from "../upload/RunState";

const tones: Record<Load["state"], Tone> = { running: "accent", done: "good", failed: "bad", canceled: "neutral" };

/** Every change of the rows: what came, how long it took, how it ended. */
export function LoadsTab({ name, status }: { name: string; status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const actorName = useActor();
  const { zone } = useSession().workspace;
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const loads = useLoads(name);
  const undo = useUndo(name);
  const cancel = useCancel();
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
            <Table
              label={t("tab.loads")}
              rows={runs}
              rowKey={(r) => r.id}
              columns={[
                { key: "at", title: t("loads.at"), head: true, cell: (r) => formatInstant(r.startedAt, zone, lang) },
                { key: "mode", title: t("loads.mode"), cell: (r) => t(`did.${r.mode}`) },
                { key: "file", title: t("loads.file"), cell: (r) => r.file },
                {
                  key: "state",
                  title: t("loads.state"),
                  cell: (r) => (
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
                  ),
                },
                { key: "records", title: t("loads.records"), end: true, cell: (r) => formatFull(r.records, lang) },
                { key: "loaded", title: t("loads.loaded"), end: true, cell: (r) => formatFull(r.loaded, lang) },
                { key: "rejected", title: t("loads.rejected"), end: true, cell: (r) => (r.rejected > 0 && r.version === status.version ? <Link to="?tab=rejects">{formatFull(r.rejected, lang)}</Link> : formatFull(r.rejected, lang)) },
                { key: "took", title: t("loads.took"), end: true, cell: (r) => (r.startedAt === r.endedAt ? "" : formatDuration(r.startedAt, r.endedAt, lang)) },
                { key: "actor", title: t("loads.actor"), cell: (r) => actorName(r.actor) },
              ]}
            />
          </Card>
        );
      }}
    </Loaded>
  );
}
