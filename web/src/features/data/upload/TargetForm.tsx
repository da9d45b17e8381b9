import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { Button, Checkbox, Choices, Notice, Picker, Segmented, TextField } from "@/ui";
import styles from "../data.module.css";
import type { LoadMode } from "../types";
import type { Draft, Problem } from "./draft";
import type { Item } from "./useWizard";

interface Props {
  item: Item;
  draft: Draft;
  datasets: Resource<DatasetSpec>[];
  loaded: (name: string) => boolean;
  problems: Problem[];
  onChange: (change: Partial<Draft>) => void;
  onTarget: (dataset: string) => void;
}

const modes: LoadMode[] = ["append", "upsert", "replace"];

/** Where the rows go: a new dataset, or one that is there, and then how. */
export function TargetForm({ item, draft, datasets, loaded, problems, onChange, onTarget }: Props) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const found = item.detection;
  const keyed = (found?.spec?.primaryKey ?? []).length > 0;
  const first = datasets[0]?.metadata.name ?? "";
  const sameFile = found?.loadedAt;
  // A file called like a dataset that is there most likely belongs to it.
  const namesake = draft.target === "" && item.defined !== true ? datasets.find((d) => d.metadata.name === found?.name || (draft.title.zh !== undefined && d.metadata.title?.zh === draft.title.zh)) : undefined;
  return (
    <div className={styles["stack"]}>
      {datasets.length > 0 && (
        <div>
          <Segmented
            label={t("target.label")}
            value={draft.target === "" ? "new" : "old"}
            onChange={(v) => onTarget(v === "new" ? "" : first)}
            options={[
              { value: "new", label: t("target.new") },
              { value: "old", label: t("target.old") },
            ]}
          />
        </div>
      )}
      {draft.target === "" ? (
        <div className={styles["fields"]}>
          <TextField label={t("titleZh")} lang="zh-CN" value={draft.title.zh ?? ""} onChange={(e) => onChange({ title: { ...draft.title, zh: e.target.value } })} />
          <TextField label={t("titleEn")} lang="en" value={draft.title.en ?? ""} onChange={(e) => onChange({ title: { ...draft.title, en: e.target.value } })} />
          <TextField
            mono
            label={t("target.name")}
            hint={t("target.nameHint")}
            error={problems.includes("name") ? t("nameRule") : problems.includes("taken") ? t("target.taken") : undefined}
            value={draft.name}
            disabled={item.defined}
            onChange={(e) => onChange({ name: e.target.value })}
          />
          <TextField label={t("target.meaning")} hint={t("target.meaningHint")} value={pick(draft.description)} onChange={(e) => onChange({ description: lang.startsWith("zh") ? { zh: e.target.value } : { en: e.target.value } })} />
        </div>
      ) : (
        <>
          <div className={styles["fields"]}>
            <Picker label={t("target.dataset")} options={datasets.map((d) => ({ value: d.metadata.name, label: pick(d.metadata.title, d.metadata.name), detail: d.metadata.name }))} value={draft.target} onChange={onTarget} />
          </div>
          {loaded(draft.target) && (
            <Choices
              label={t("mode.label")}
              value={draft.mode}
              options={modes.map((mode) => ({ value: mode, label: t(`mode.${mode}`), hint: t(`modeHint.${mode}`), off: mode === "upsert" && !keyed ? t("mode.noKey") : undefined }))}
              onChange={(mode) => onChange({ mode })}
            />
          )}
          {(found?.extra ?? []).length > 0 && (
            <Notice tone="watch">
              <p>{t("target.extra", { count: found?.extra?.length ?? 0, names: (found?.extra ?? []).join(", ") })}</p>
              <Checkbox label={t("target.ignoreExtra")} checked={draft.ignoreExtra} onChange={(e) => onChange({ ignoreExtra: e.target.checked })} />
            </Notice>
          )}
          {(found?.missing ?? []).length > 0 && (
            <Notice tone="watch">
              <p>{t("target.missing", { count: found?.missing?.length ?? 0, names: (found?.missing ?? []).join(", ") })}</p>
              <Checkbox label={t("target.allowMissing")} checked={draft.allowMissing} onChange={(e) => onChange({ allowMissing: e.target.checked })} />
            </Notice>
          )}
        </>
      )}
      {namesake !== undefined && (
        <Notice>
          <p className={styles["offer"]}>
            {t("target.namesake", { name: pick(namesake.metadata.title, namesake.metadata.name) })}
            <Button small onClick={() => onTarget(namesake.metadata.name)}>
              {t("target.useIt")}
            </Button>
          </p>
        </Notice>
      )}
      {sameFile !== undefined && <Notice tone="watch">{draft.target === "" ? t("target.sameFileNew", { at: formatInstant(sameFile, undefined, lang) }) : t("target.sameFile", { at: formatInstant(sameFile, undefined, lang) })}</Notice>}
    </div>
  );
}
