import { useTranslation } from "react-i18next";
import type { ColumnSpec } from "@/api/types";
import { NumberField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, Picker, SelectField } from "@/ui";
import styles from "./identity.module.css";
import type { EntityLink } from "./types";

/** A dataset whose rows may name ids. */
export interface Source {
  name: string;
  title: string;
  columns: ColumnSpec[];
}

interface Props {
  value: EntityLink;
  path: string;
  kinds: readonly string[];
  sources: readonly Source[];
  errorAt: (path: string) => string | undefined;
  onChange: (value: EntityLink) => void;
  onRemove: () => void;
}

/** A dataset whose rows name several ids of one entity: which columns, and how much it is believed. */
export function LinkForm({ value, path, kinds, sources, errorAt, onChange, onRemove }: Props) {
  const { t } = useTranslation("identity");
  const { pick } = useText();
  const source = sources.find((s) => s.name === value.dataset);
  const columns = (source?.columns ?? []).filter((c) => c.type === "string" || c.type === "integer");
  // Columns that are gone stay to be seen, and to be taken out.
  const shown = [...columns, ...Object.keys(value.ids).filter((c) => !columns.some((x) => x.name === c)).map((name): ColumnSpec => ({ name, type: "string" }))];
  const times = (source?.columns ?? []).filter((c) => c.type === "date" || c.type === "timestamp");
  // A column that says of which kind it is begins with it.
  const choose = (dataset: string) => {
    const from = sources.find((s) => s.name === dataset)?.columns ?? [];
    onChange({ ...value, dataset, time: undefined, ids: Object.fromEntries(from.filter((c) => c.entity !== undefined && kinds.includes(c.entity)).map((c) => [c.name, c.entity ?? ""])) });
  };
  const setColumn = (column: string, kind: string) => {
    const { [column]: _, ...rest } = value.ids;
    onChange({ ...value, ids: kind === "" ? rest : { ...rest, [column]: kind } });
  };
  const error = errorAt(`${path}.ids`);
  return (
    <fieldset className={styles["item"]}>
      <legend className="sr-only">{t("form.link", { name: value.dataset })}</legend>
      <div className={styles["fields"]}>
        <Picker label={t("form.dataset")} options={sources.map((s) => ({ value: s.name, label: s.title, detail: s.name }))} value={value.dataset} onChange={choose} />
        <NumberField label={t("form.priority")} hint={t("form.priorityHint")} error={errorAt(`${path}.priority`)} value={value.priority} onChange={(priority) => onChange({ ...value, priority })} />
        {times.length > 0 && (
          <SelectField label={t("form.time")} error={errorAt(`${path}.time`)} value={value.time ?? ""} options={[{ value: "", label: t("form.timeOfRow") }, ...times.map((c) => ({ value: c.name, label: pick(c.title, c.name) }))]} onChange={(e) => onChange({ ...value, time: e.target.value || undefined })} />
        )}
      </div>
      {errorAt(`${path}.dataset`) !== undefined && <p className={styles["error"]}>{errorAt(`${path}.dataset`)}</p>}
      {shown.length > 0 && <p className={styles["muted"]}>{t("form.whichColumns")}</p>}
      <div className={styles["fields"]}>
        {shown.map((c) => (
          <SelectField key={c.name} label={pick(c.title, c.name)} value={value.ids[c.name] ?? ""} options={[{ value: "", label: t("form.noId") }, ...[...new Set([...kinds, ...(value.ids[c.name] === undefined ? [] : [value.ids[c.name] ?? ""])])].map((k) => ({ value: k, label: k }))]} onChange={(e) => setColumn(c.name, e.target.value)} />
        ))}
      </div>
      {error !== undefined && <p className={styles["error"]}>{error}</p>}
      <p>
        <Button small variant="ghost" icon="trash" onClick={onRemove}>
          {t("remove")}
        </Button>
      </p>
    </fieldset>
  );
}
