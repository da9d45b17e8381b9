import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePut, useResources } from "@/api/hooks";
import type { DatasetSpec, Resource, SyncSpec } from "@/api/types";
import { useSession } from "@/app/session";
import { CodeOf, FormEnd, PickedField, SpanField, useFindings } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Choices, Dialog, Notice, SelectField, TextField, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { clocks, cursorsOf, deletions, draftOf, drifts, modes, readsAgain, syncOf } from "./draft";
import { useModes } from "./hooks";
import { Upcoming } from "./Upcoming";

/** Findings at these paths are shown at their field. */
const at = "spec.source.sync";
const atField = /^spec\.source\.sync\.(mode|cursor|lookback|deletes|drift|every|cron|after)/;

interface Props {
  /** A dataset that is synced. */
  dataset: Resource<DatasetSpec>;
  onClose: () => void;
}

/** Says what a sync reads, when it runs, and what it does about new columns. */
export function SyncForm({ dataset, onClose }: Props) {
  const { t } = useTranslation("sync");
  const { pick } = useText();
  const { zone } = useSession().workspace;
  const say = useToast();
  const textOf = useErrorText();
  const put = usePut<DatasetSpec>("datasets");
  const datasets = useResources<DatasetSpec>("datasets");
  // What the draft began from: when somebody else saves meanwhile, the server says so.
  const [{ metadata, spec, revision }] = useState(dataset);
  const before: SyncSpec = spec.source?.sync ?? { mode: "full" };
  const [draft, setDraft] = useState(() => draftOf(before));
  const set = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const sync = syncOf(draft, before);
  const definition = { metadata, spec: { ...spec, source: { ...spec.source, sync } } };
  const ready = draft.clock === "none" || (draft[draft.clock] ?? "") !== "";
  const findings = useFindings("Dataset", definition, ready, atField);
  const errorOf = (key: string) => findings.errorAt(`${at}.${key}`);
  const name = metadata.name;

  const able = useModes(spec.source?.connection ?? "", spec.source?.table ?? "");
  const cursors = cursorsOf(spec);
  const keyed = (spec.primaryKey ?? []).length > 0;
  const why = (mode: SyncSpec["mode"]): string | undefined => {
    if (mode === before.mode) return undefined; // it is what runs now
    if (mode !== "full" && !keyed) return t("form.needsKey");
    if (mode === "incremental" && cursors.length === 0) return t("form.needsCursor");
    return able.data === undefined || able.data.modes.includes(mode) ? undefined : pick(able.data.why?.[mode], t("form.notThere"));
  };

  return (
    <Dialog wide title={t("form.title", { name: pick(metadata.title, name) })} onClose={onClose}>
      <form
        className={styles["stack"]}
        onSubmit={(e) => {
          e.preventDefault();
          if (!ready || findings.failed) return;
          put.mutate(
            { ...definition, revision },
            {
              onSuccess: () => {
                say(t("form.saved"));
                onClose();
              },
            },
          );
        }}
      >
        <Choices label={t("form.mode")} error={errorOf("mode")} value={draft.mode} options={modes.map((value) => ({ value, label: t(`form.modes.${value}`), hint: t(`form.modeHint.${value}`), off: why(value) }))} onChange={(mode) => set({ mode, cursor: draft.cursor ?? cursors[0] })} />
        {able.isError && <Notice tone="watch">{t("form.unasked", { why: textOf(able.error) })}</Notice>}
        {draft.mode === "incremental" && (
          <div className={styles["fields"]}>
            <SelectField label={t("form.cursor")} hint={t("form.cursorHint")} error={errorOf("cursor")} value={draft.cursor ?? ""} options={[...new Set([...cursors, ...(draft.cursor === undefined ? [""] : [draft.cursor])])].map((value) => ({ value, label: value }))} onChange={(e) => set({ cursor: e.target.value })} />
            <TextField label={t("form.lookback")} hint={t("form.lookbackHint")} error={errorOf("lookback")} value={draft.lookback ?? ""} onChange={(e) => set({ lookback: e.target.value })} />
            <SelectField label={t("form.deletes")} error={errorOf("deletes")} value={draft.deletes ?? "keep"} options={deletions.map((value) => ({ value, label: t(`form.deletions.${value}`) }))} onChange={(e) => set({ deletes: e.target.value === "compare" ? "compare" : "keep" })} />
          </div>
        )}
        {readsAgain(sync, before) && <Notice tone="watch">{t("form.again")}</Notice>}
        <Choices label={t("form.clock")} value={draft.clock} options={clocks.map((value) => ({ value, label: t(`form.clocks.${value}`), hint: t(`form.clockHint.${value}`) }))} onChange={(clock) => set({ clock })} />
        {draft.clock === "every" && (
          <div className={styles["fields"]}>
            <SpanField label={t("form.every")} error={errorOf("every")} value={draft.every} onChange={(every) => set({ every })} />
          </div>
        )}
        {draft.clock === "cron" && <TextField mono label={t("form.cron")} hint={t("form.cronHint", { zone })} error={errorOf("cron")} value={draft.cron ?? ""} onChange={(e) => set({ cron: e.target.value })} />}
        {draft.clock !== "none" && <Upcoming name={name} schedule={ready && findings.settled && errorOf("every") === undefined && errorOf("cron") === undefined ? { every: sync.every, cron: sync.cron } : null} />}
        <PickedField label={t("form.after")} hint={t("form.afterHint")} error={errorOf("after")} value={draft.after} options={(datasets.data ?? []).filter((d) => d.metadata.name !== name).map((d) => ({ value: d.metadata.name, label: pick(d.metadata.title, d.metadata.name), detail: d.metadata.name }))} onChange={(after) => set({ after })} />
        <Choices label={t("form.drift")} error={errorOf("drift")} value={draft.drift ?? "hold"} options={drifts.map((value) => ({ value, label: t(`form.drifts.${value}`), hint: t(`form.driftHint.${value}`) }))} onChange={(drift) => set({ drift })} />
        <CodeOf kind="Dataset" definition={definition} />
        <FormEnd findings={findings} ready={ready} missing={t("form.incomplete")} error={put.error} busy={put.isPending} onCancel={onClose} />
      </form>
    </Dialog>
  );
}
