import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/types";
import { ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, IconButton, TextField } from "@/ui";
import styles from "../data.module.css";
import { isName } from "../upload/draft";
import own from "./dataset.module.css";

export interface Dimension {
  name: string;
  expr: string;
  title?: { zh?: string; en?: string };
}

interface Props {
  dataset: string;
  dimensions: Dimension[];
  findings: Finding[];
  readOnly: boolean;
  onChange: (dimensions: Dimension[]) => void;
}

/** Columns that are computed from others; the server checks each as it is written. */
export function Dimensions({ dataset, dimensions, findings, readOnly, onChange }: Props) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const set = (i: number, part: Partial<Dimension>) => onChange(dimensions.map((d, j) => (j === i ? { ...d, ...part } : d)));
  return (
    <div className={styles["stack"]}>
      <p className={styles["muted"]}>{t("dims.lead")}</p>
      {dimensions.map((d, i) => {
        const wrong = findings.filter((f) => (f.path ?? "").startsWith(`spec.dimensions[${i}]`)).map((f) => pick(f.text));
        return (
          <fieldset key={i} className={own["dim"]} disabled={readOnly}>
            <legend className="sr-only">{d.name || t("dims.new")}</legend>
            <TextField mono label={t("dims.name")} error={d.name !== "" && !isName(d.name) ? t("nameRule") : undefined} value={d.name} onChange={(e) => set(i, { name: e.target.value })} />
            <ExprField label={t("dims.expr")} placeholder="case when amount >= 100 then 'large' else 'small' end" error={wrong.length > 0 ? wrong.join(" ") : undefined} context={{ as: "value", dataset }} readOnly={readOnly} value={d.expr} onChange={(expr) => set(i, { expr })} />
            <TextField label={t("titleZh")} lang="zh-CN" value={d.title?.zh ?? ""} onChange={(e) => set(i, { title: { ...d.title, zh: e.target.value } })} />
            <TextField label={t("titleEn")} lang="en" value={d.title?.en ?? ""} onChange={(e) => set(i, { title: { ...d.title, en: e.target.value } })} />
            {!readOnly && <IconButton icon="trash" label={t("dims.remove", { name: d.name })} onClick={() => onChange(dimensions.filter((_, j) => j !== i))} />}
          </fieldset>
        );
      })}
      {!readOnly && (
        <div>
          <Button icon="plus" onClick={() => onChange([...dimensions, { name: "", expr: "" }])}>
            {t("dims.add")}
          </Button>
        </div>
      )}
    </div>
  );
}
