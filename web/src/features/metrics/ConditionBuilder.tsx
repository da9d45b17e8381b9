import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { ColumnSpec } from "@/api/types";
import { ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { literal, quotePath } from "@/lib/expr";
import { formatFull } from "@/lib/number";
import { Button, Field, Input, Select } from "@/ui";
import type { Preview } from "./api";
import form from "./form.module.css";
import styles from "./metrics.module.css";

const ops = ["=", "<>", ">", ">=", "<", "<=", "is not null", "is null"] as const;
type Op = (typeof ops)[number];
const words: Record<Op, "is" | "isNot" | "more" | "atLeast" | "less" | "atMost" | "known" | "unknown"> = { "=": "is", "<>": "isNot", ">": "more", ">=": "atLeast", "<": "less", "<=": "atMost", "is not null": "known", "is null": "unknown" };

interface Props {
  dataset: string;
  columns: readonly ColumnSpec[];
  preview: Preview | undefined;
  value: string;
  onChange: (where: string) => void;
  error?: string;
}

/** A condition, put together from columns or written. */
export function ConditionBuilder({ dataset, columns, preview, value, onChange, error }: Props) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const list = useId();
  const [column, setColumn] = useState("");
  const [op, setOp] = useState<Op>("=");
  const [operand, setOperand] = useState("");
  const chosen = columns.find((c) => c.name === column);
  const at = preview?.columns.findIndex((c) => c.name === column) ?? -1;
  const samples = [...new Set((preview?.rows ?? []).map((r) => r[at]).filter((v) => v !== null && v !== undefined).map(String))].slice(0, 20);
  const bare = op === "is null" || op === "is not null";

  const add = () => {
    if (chosen === undefined) return;
    const cell = chosen.type === "boolean" ? operand === "true" : operand;
    const part = bare ? `${quotePath(column)} ${op}` : `${quotePath(column)} ${op} ${literal(cell, chosen.type)}`;
    onChange(value.trim() === "" ? part : `${value.trim()} and ${part}`);
    setOperand("");
  };
  return (
    <div className={form["condition"]}>
      <ExprField label={t("form.where")} hint={t("form.whereHint")} error={error} context={{ as: "condition", dataset }} value={value} onChange={onChange} />
      {columns.length > 0 && (
        <div className={form["conditionRow"]}>
          <Select aria-label={t("form.column")} value={column} onChange={(e) => setColumn(e.target.value)} options={[{ value: "", label: t("choose") }, ...columns.map((c) => ({ value: c.name, label: pick(c.title, c.name) }))]} />
          <Select aria-label={t("form.op")} value={op} onChange={(e) => setOp(ops.find((o) => o === e.target.value) ?? "=")} options={ops.map((o) => ({ value: o, label: t(`op.${words[o]}`) }))} />
          {!bare && (
            <>
              <Input aria-label={t("form.operand")} list={list} value={operand} onChange={(e) => setOperand(e.target.value)} />
              <datalist id={list}>
                {(chosen?.type === "boolean" ? ["true", "false"] : samples).map((s) => (
                  <option key={s}>{s}</option>
                ))}
              </datalist>
            </>
          )}
          <Button icon="plus" disabled={chosen === undefined || (!bare && operand === "")} onClick={add}>
            {t("form.addCondition")}
          </Button>
        </div>
      )}
    </div>
  );
}

/** The first rows of a dataset, so that a choice can be seen. */
export function Samples({ preview, column }: { preview: Preview; column: string }) {
  const { t } = useTranslation("metrics");
  const { lang } = useText();
  const words = t("form.samples", { rows: formatFull(preview.total, lang) });
  return (
    <Field label={words}>
      {() => (
        // Wide tables scroll inside their own frame, which must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={form["samples"]} tabIndex={0} role="region" aria-label={words}>
          <table>
            <thead>
              <tr>
                {preview.columns.map((c) => (
                  <th key={c.name} scope="col" data-on={c.name === column || undefined}>
                    {c.name}
                    <small>{t(`type.${c.type}`)}</small>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(preview.rows ?? []).slice(0, 4).map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j} data-on={preview.columns[j]?.name === column || undefined}>
                      {cell === null ? <span className={styles["quiet"]}>—</span> : String(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Field>
  );
}
