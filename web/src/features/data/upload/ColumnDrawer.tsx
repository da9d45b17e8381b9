import { useTranslation } from "react-i18next";
import { Button, Checkbox, Drawer, SelectField, TextField } from "@/ui";
import styles from "../data.module.css";
import { columnTypes, type DetectedColumn } from "../types";
import { isName, type DraftColumn } from "./draft";
import { badCount, patternExample, retype, typeOptions } from "./reading";
import own from "./upload.module.css";

interface Props {
  found: DetectedColumn;
  column: DraftColumn;
  samples: (string | null)[];
  taken: boolean;
  onChange: (column: DraftColumn) => void;
  onClose: () => void;
}

const split = (text: string) => text.split(/[,，\s]+/).filter(Boolean);

/** One column: what it is called, what its values are, and the evidence. */
export function ColumnDrawer({ found, column, samples, taken, onChange, onClose }: Props) {
  const { t } = useTranslation("data");
  const options = typeOptions(found);
  const rest = columnTypes.filter((type) => !options.some((o) => o.type === type));
  const bad = badCount(found, column);
  const cells = found.badCells ?? [];
  return (
    <Drawer title={t("column.title", { name: found.header })} onClose={onClose} footer={<Button variant="primary" onClick={onClose}>{t("column.done")}</Button>}>
      <div className={styles["stack"]}>
        <SelectField
          label={t("column.type")}
          hint={column.type === "decimal" && column.scale !== undefined ? t("column.decimalHint", { count: column.scale }) : undefined}
          error={bad > 0 ? t("column.badHint", { count: bad }) : undefined}
          value={`${column.type}|${column.format}`}
          disabled={column.leaveOut}
          onChange={(e) => {
            const [type = "string", format = ""] = e.target.value.split("|");
            onChange(retype(column, type, format, samples));
          }}
          options={[
            ...options.map((o) => ({
              value: `${o.type}|${o.format ?? ""}`,
              label: `${t(`type.${o.type}`)}${o.format ? ` ${o.format === "excel" ? t("column.excel") : patternExample(o.format)}` : ""} — ${t("column.fits", { count: o.count, of: o.of })}`,
            })),
            ...rest.map((type) => ({ value: `${type}|`, label: `${t(`type.${type}`)} — ${t("column.fits", { count: 0, of: Math.min(found.values, 5000) })}` })),
          ]}
        />
        {bad > 0 && cells.length > 0 && column.type === found.type && (
          <div>
            <p className={styles["muted"]}>{t("column.badCells")}</p>
            <ul className={own["cells"]}>
              {cells.slice(0, 8).map((cell) => (
                <li key={`${cell.line} ${cell.text}`}>
                  <code>{cell.text}</code> <span className={styles["muted"]}>{t("column.line", { line: cell.line })}</span>
                  <Button small onClick={() => onChange({ ...column, nulls: [...new Set([...column.nulls, cell.text.trim()])] })}>
                    {t("column.meansNothing")}
                  </Button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <TextField label={t("column.nulls")} hint={t("column.nullsHint")} value={column.nulls.join(", ")} disabled={column.leaveOut} onChange={(e) => onChange({ ...column, nulls: split(e.target.value) })} />
        <div className={styles["fields"]}>
          <TextField label={t("titleZh")} lang="zh-CN" value={column.title.zh ?? ""} onChange={(e) => onChange({ ...column, title: { ...column.title, zh: e.target.value } })} />
          <TextField label={t("titleEn")} lang="en" value={column.title.en ?? ""} onChange={(e) => onChange({ ...column, title: { ...column.title, en: e.target.value } })} />
        </div>
        <TextField mono label={t("column.name")} hint={t("column.nameHint")} error={!isName(column.name) ? t("nameRule") : taken ? t("column.twice") : undefined} value={column.name} onChange={(e) => onChange({ ...column, name: e.target.value })} />
        <Checkbox label={t("column.leaveOut")} checked={column.leaveOut} onChange={(e) => onChange({ ...column, leaveOut: e.target.checked })} />
        <dl className={styles["facts"]}>
          <div>
            <dt>{t("column.values")}</dt>
            <dd>{t("count", { count: found.values })}</dd>
          </div>
          <div>
            <dt>{t("profile.missing")}</dt>
            <dd>{t("count", { count: found.missing })}</dd>
          </div>
          <div>
            <dt>{t("profile.distinct")}</dt>
            <dd>{t("count", { count: found.distinct })}</dd>
          </div>
        </dl>
        <p className={styles["muted"]}>
          {t("column.examples")} {(found.samples ?? []).map((s) => <code key={s}>{s} </code>)}
        </p>
      </div>
    </Drawer>
  );
}
