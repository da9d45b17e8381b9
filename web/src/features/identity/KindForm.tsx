import { useTranslation } from "react-i18next";
import { LinesField, NumberField } from "@/features/write";
import { Button, IconButton, SelectField, TextField } from "@/ui";
import styles from "./identity.module.css";
import type { IdKind } from "./types";

const normals = ["", "folded", "phone"] as const;

interface Props {
  value: IdKind;
  path: string;
  /** Columns with ids of this kind. */
  columns: readonly string[];
  first: boolean;
  errorAt: (path: string) => string | undefined;
  onChange: (value: IdKind) => void;
  onUp: () => void;
  onRemove: () => void;
}

/** A kind of ids: how its values are compared, how many one entity has, which of them are nobody's. */
export function KindForm({ value, path, columns, first, errorAt, onChange, onUp, onRemove }: Props) {
  const { t } = useTranslation("identity");
  const set = (part: Partial<IdKind>) => onChange({ ...value, ...part });
  const error = errorAt(path);
  const inside = ["most", "normal", "nobody"].map((key) => errorAt(`${path}.${key}`));
  return (
    <fieldset className={styles["item"]}>
      <legend className="sr-only">{t("form.kind", { name: value.name })}</legend>
      <div className={styles["fields"]}>
        <TextField mono label={t("form.kindName")} hint={t("form.kindHint")} error={inside.includes(error) ? undefined : error} value={value.name} onChange={(e) => set({ name: e.target.value.trim() })} />
        <NumberField label={t("form.mostOf")} hint={t("form.noLimit")} error={inside[0]} value={value.most} onChange={(most) => set({ most })} />
        <SelectField label={t("form.normal")} error={inside[1]} value={value.normal ?? ""} options={normals.map((n) => ({ value: n, label: t(`form.normals.${n === "" ? "plain" : n}`) }))} onChange={(e) => set({ normal: e.target.value || undefined })} />
        <LinesField label={t("form.nobody")} hint={t("form.nobodyHint")} error={inside[2]} value={value.nobody} onChange={(nobody) => set({ nobody })} />
      </div>
      <p className={styles["chips"]}>
        <span className={styles["muted"]}>{columns.length === 0 ? t("form.noColumns") : t("form.columns", { columns: columns.join(", ") })}</span>
        {!first && <IconButton small icon="up" label={t("form.up", { name: value.name })} onClick={onUp} />}
        <Button small variant="ghost" icon="trash" onClick={onRemove}>
          {t("remove")}
        </Button>
      </p>
    </fieldset>
  );
}
