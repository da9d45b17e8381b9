import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Choices, SelectField } from "@/ui";
import styles from "./connections.module.css";
import type { Offer, Sync, SyncMode } from "./types";

const modes: SyncMode[] = ["changes", "incremental", "full"];
const fileModes: SyncMode[] = ["changes", "full"];
const everies = ["1 minute", "5 minutes", "15 minutes", "1 hour", "6 hours", "1 day", ""];

interface Props {
  offer: Offer;
  /** Whether the rows have a key. */
  keyed: boolean;
  /** Columns that can tell what is new, the likeliest first. */
  cursors?: readonly string[];
  sync: Sync;
  onChange: (sync: Sync) => void;
}

/** How, and how often, a copy is kept up to date. */
export function SyncFields({ offer, keyed, cursors = offer.cursors, sync, onChange }: Props) {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  const files = offer.detection !== undefined;
  const topic = offer.stream.columns?.some((c) => c.name === "_value") === true;
  const hint = (mode: SyncMode) => (files ? t(`sync.fileModeHint.${mode}`) : topic ? t(`sync.topicModeHint.${mode}`) : t(`sync.modeHint.${mode}`));
  const why = (mode: SyncMode): string | undefined => {
    if (mode !== "full" && !keyed) return t("sync.needsKey");
    if (mode === "incremental" && cursors.length === 0) return t("sync.needsCursor");
    return offer.stream.modes.includes(mode) ? undefined : pick(offer.stream.why?.[mode], t("sync.notHere"));
  };
  const pickMode = (mode: SyncMode) => onChange({ mode, every: sync.every, ...(mode === "incremental" ? { cursor: sync.cursor ?? cursors[0], deletes: "keep" } : {}) });
  return (
    <>
      <Choices label={t("sync.mode")} value={sync.mode} options={(files ? fileModes : modes).map((mode) => ({ value: mode, label: files ? t(`sync.fileModes.${mode}`) : topic ? t(`sync.topicModes.${mode}`) : t(`sync.modes.${mode}`), hint: hint(mode), off: why(mode) }))} onChange={pickMode} />
      <div className={styles["fields"]}>
        {sync.mode === "incremental" && (
          <>
            <SelectField label={t("sync.cursor")} hint={t("sync.cursorHint")} value={sync.cursor ?? ""} options={cursors.map((value) => ({ value, label: value }))} onChange={(e) => onChange({ ...sync, cursor: e.target.value })} />
            <SelectField
              label={t("sync.deletes")}
              value={sync.deletes ?? "keep"}
              options={[
                { value: "keep", label: t("sync.deletesKeep") },
                { value: "compare", label: t("sync.deletesCompare") },
              ]}
              onChange={(e) => onChange({ ...sync, deletes: e.target.value === "compare" ? "compare" : "keep" })}
            />
          </>
        )}
        <SelectField label={t("sync.every")} value={sync.every ?? ""} options={everies.map((value) => ({ value, label: value === "" ? t("sync.never") : t(`sync.everies.${value.replace(" ", "_")}`) }))} onChange={(e) => onChange({ ...sync, every: e.target.value === "" ? undefined : e.target.value })} />
      </div>
    </>
  );
}
