import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { Button, Dialog, Notice, TextField, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useCancelSync, usePauseSync, useStartSync } from "./hooks";
import { SyncForm } from "./SyncForm";
import type { SyncStatus } from "./types";

/** Asks for a range of the cursor. */
function RangeDialog({ name, cursor, onClose }: { name: string; cursor: string; onClose: () => void }) {
  const { t } = useTranslation("sync");
  const start = useStartSync(name);
  const textOf = useErrorText();
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  return (
    <Dialog
      title={t("backfill")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="primary" busy={start.isPending} disabled={from === "" && to === ""} onClick={() => start.mutate({ from, to }, { onSuccess: onClose })}>
            {t("read")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <p>{t("backfillText", { cursor })}</p>
        <TextField label={t("from")} hint={t("rangeHint")} value={from} onChange={(e) => setFrom(e.target.value)} />
        <TextField label={t("to")} value={to} onChange={(e) => setTo(e.target.value)} />
        {start.isError && <Notice tone="bad">{textOf(start.error)}</Notice>}
      </div>
    </Dialog>
  );
}

/** Asks before everything is read again. */
function FullDialog({ name, table, onClose }: { name: string; table: string; onClose: () => void }) {
  const { t } = useTranslation("sync");
  const start = useStartSync(name);
  const textOf = useErrorText();
  return (
    <Dialog
      title={t("fullTitle")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="primary" busy={start.isPending} onClick={() => start.mutate({ full: true }, { onSuccess: onClose })}>
            {t("full")}
          </Button>
        </>
      }
    >
      <p>{t("fullText", { table })}</p>
      {start.isError && <Notice tone="bad">{textOf(start.error)}</Notice>}
    </Dialog>
  );
}

/** What an editor can do with a sync. */
export function SyncActions({ dataset, sync }: { dataset: Resource<DatasetSpec>; sync: SyncStatus }) {
  const { t } = useTranslation("sync");
  const name = dataset.metadata.name;
  const start = useStartSync(name);
  const cancel = useCancelSync();
  const pause = usePauseSync(name);
  const say = useToast();
  const textOf = useErrorText();
  const [asking, setAsking] = useState<"range" | "full" | "form">();
  const failed = (error: unknown) => say(textOf(error), "bad");
  const current = sync.current;
  const scheduled = sync.schedule.every !== undefined || sync.schedule.cron !== undefined || (sync.schedule.after ?? []).length > 0;
  return (
    <span className={styles["chips"]}>
      {current === undefined ? (
        <Button variant="primary" icon="play" busy={start.isPending} onClick={() => start.mutate({}, { onSuccess: () => say(t("started")), onError: failed })}>
          {t("now")}
        </Button>
      ) : (
        <Button icon="close" busy={cancel.isPending} onClick={() => cancel.mutate(current.id, { onError: failed })}>
          {t("cancel")}
        </Button>
      )}
      {scheduled && (
        <Button busy={pause.isPending} onClick={() => pause.mutate(sync.paused !== true, { onError: failed })}>
          {sync.paused === true ? t("resume") : t("pause")}
        </Button>
      )}
      {sync.mode === "incremental" && current === undefined && <Button onClick={() => setAsking("range")}>{t("backfill")}</Button>}
      {sync.mode !== "full" && current === undefined && <Button onClick={() => setAsking("full")}>{t("full")}</Button>}
      <Button icon="edit" onClick={() => setAsking("form")}>
        {t("change")}
      </Button>
      {asking === "form" && <SyncForm dataset={dataset} onClose={() => setAsking(undefined)} />}
      {asking === "range" && <RangeDialog name={name} cursor={dataset.spec.source?.sync?.cursor ?? ""} onClose={() => setAsking(undefined)} />}
      {asking === "full" && <FullDialog name={name} table={sync.table} onClose={() => setAsking(undefined)} />}
    </span>
  );
}
