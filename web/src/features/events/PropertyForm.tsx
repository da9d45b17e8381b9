import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LinesField, NumberField, type IdKind } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, Checkbox, Chip, SelectField, TextField } from "@/ui";
import styles from "./events.module.css";
import { fitted, propertyTypes } from "./draft";
import type { Property } from "./types";

interface Props {
  value: Property;
  /** Where it is in the definition, for findings. */
  path: string;
  kinds: readonly IdKind[];
  errorAt: (path: string) => string | undefined;
  onChange: (value: Property) => void;
  onRemove: () => void;
}

/** One property of an event: what it is called, what its values may be, and what they identify. */
export function PropertyForm({ value, path, kinds, errorAt, onChange, onRemove }: Props) {
  const { t } = useTranslation("events");
  const { pick } = useText();
  const set = (part: Partial<Property>) => onChange(fitted({ ...value, ...part }));
  const at = (key: string) => errorAt(`${path}.${key}`);
  const number = value.type === "integer" || value.type === "decimal" || value.type === "float";
  const wrong = errorAt(path);
  const [open, setOpen] = useState(value.name === "");
  return (
    <details className={styles["property"]} open={open || wrong !== undefined} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <strong>{value.name === "" ? t("form.unnamed") : value.name}</strong> {pick(value.title) !== "" && <span className={styles["muted"]}>{pick(value.title)}</span>} <Chip>{t(`type.${value.type}`)}</Chip> {value.required === true && <Chip>{t("required")}</Chip>} {value.entity !== undefined && <Chip tone="accent">{value.entity}</Chip>}{" "}
        {wrong !== undefined && <Chip tone="bad">{t("form.wrong")}</Chip>}
      </summary>
      <div className={styles["fields"]}>
        <TextField mono label={t("form.property")} hint={t("form.propertyHint")} error={at("name")} value={value.name} onChange={(e) => set({ name: e.target.value.trim() })} />
        <TextField mono label={t("col.sent")} hint={t("form.sourceHint")} placeholder={value.name} error={at("source")} value={value.source ?? ""} onChange={(e) => set({ source: e.target.value || undefined })} />
        <TextField label={t("form.titleZh")} lang="zh-CN" value={value.title?.zh ?? ""} onChange={(e) => set({ title: { ...value.title, zh: e.target.value || undefined } })} />
        <TextField label={t("form.titleEn")} lang="en" value={value.title?.en ?? ""} onChange={(e) => set({ title: { ...value.title, en: e.target.value || undefined } })} />
        <SelectField label={t("col.type")} error={at("type")} value={value.type} options={propertyTypes.map((type) => ({ value: type, label: t(`type.${type}`) }))} onChange={(e) => set({ type: e.target.value })} />
        <SelectField
          label={t("form.identifies")}
          hint={t("form.identifiesHint")}
          error={at("entity")}
          value={value.entity ?? ""}
          options={[{ value: "", label: t("form.identifiesNone") }, ...kinds.map((k) => ({ value: k.name, label: k.label }))]}
          onChange={(e) => set({ entity: e.target.value || undefined })}
        />
        {value.type === "decimal" && <NumberField label={t("form.precision")} error={at("precision")} value={value.precision} onChange={(precision) => set({ precision })} />}
        {value.type === "decimal" && <NumberField label={t("form.scale")} error={at("scale")} value={value.scale} onChange={(scale) => set({ scale })} />}
        {number && <NumberField label={t("form.min")} error={at("min")} value={value.min} onChange={(min) => set({ min })} />}
        {number && <NumberField label={t("form.max")} error={at("max")} value={value.max} onChange={(max) => set({ max })} />}
        {value.type === "string" && <TextField mono label={t("form.pattern")} hint={t("form.patternHint")} error={at("pattern")} value={value.pattern ?? ""} onChange={(e) => set({ pattern: e.target.value || undefined })} />}
        {(value.type === "string" || value.type === "integer") && <LinesField label={t("form.values")} hint={t("form.valuesHint")} error={at("values")} value={value.values} onChange={(values) => set({ values })} />}
      </div>
      <p className={styles["chips"]}>
        <Checkbox label={t("form.required")} checked={value.required === true} onChange={(e) => set({ required: e.target.checked || undefined })} />
        <Button small variant="ghost" icon="trash" onClick={onRemove}>
          {t("remove")}
        </Button>
      </p>
    </details>
  );
}
