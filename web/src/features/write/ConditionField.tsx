import { useId, useState, type ComponentProps } from "react";
import { useTranslation } from "react-i18next";
import type { Text } from "@/api/types";
import { useText } from "@/i18n/useText";
import { literal, quotePath } from "@/lib/expr";
import { Button, Input, Select } from "@/ui";
import { ExprField } from "./ExprField";
import styles from "./write.module.css";

const ops = ["=", "<>", ">", ">=", "<", "<=", "is not null", "is null"] as const;
type Op = (typeof ops)[number];
const words: Record<Op, "is" | "isNot" | "more" | "atLeast" | "less" | "atMost" | "known" | "unknown"> = { "=": "is", "<>": "isNot", ">": "more", ">=": "atLeast", "<": "less", "<=": "atMost", "is not null": "known", "is null": "unknown" };

interface Props extends ComponentProps<typeof ExprField> {
  columns: readonly { name: string; type: string; title?: Text }[];
  /** Gives values of a column to choose from; any can be typed. */
  look?: (column: string) => Promise<string[]>;
}

/** A condition, put together from columns and values, or written. */
export function ConditionField({ columns, look, ...field }: Props) {
  const { t } = useTranslation("write");
  const { pick } = useText();
  const list = useId();
  const { value, onChange } = field;
  const [column, setColumn] = useState("");
  const [op, setOp] = useState<Op>("=");
  const [operand, setOperand] = useState("");
  const [found, setFound] = useState<{ column: string; values: string[] }>({ column: "", values: [] });
  const chosen = columns.find((c) => c.name === column);
  const bare = op === "is null" || op === "is not null";

  const choose = (name: string) => {
    setColumn(name);
    // Without an answer there is only nothing to choose from.
    if (name !== "") look?.(name).then((values) => setFound({ column: name, values }), () => undefined);
  };
  const add = () => {
    if (chosen === undefined) return;
    const cell = chosen.type === "boolean" ? operand === "true" : operand;
    const part = bare ? `${quotePath(column)} ${op}` : `${quotePath(column)} ${op} ${literal(cell, chosen.type)}`;
    onChange(value.trim() === "" ? part : `${value.trim()} and ${part}`);
    setOperand("");
  };
  return (
    <div className={styles["condition"]}>
      <ExprField {...field} />
      {columns.length > 0 && (
        <div className={styles["parts"]}>
          <Select aria-label={t("build.column")} value={column} onChange={(e) => choose(e.target.value)} options={[{ value: "", label: t("choose") }, ...columns.map((c) => ({ value: c.name, label: pick(c.title, c.name) }))]} />
          <Select aria-label={t("build.op")} value={op} onChange={(e) => setOp(ops.find((o) => o === e.target.value) ?? "=")} options={ops.map((o) => ({ value: o, label: t(`op.${words[o]}`) }))} />
          {!bare && (
            <>
              <Input aria-label={t("build.operand")} list={list} value={operand} onChange={(e) => setOperand(e.target.value)} />
              <datalist id={list}>
                {(chosen?.type === "boolean" ? ["true", "false"] : found.column === column ? found.values : []).map((s) => (
                  <option key={s}>{s}</option>
                ))}
              </datalist>
            </>
          )}
          <Button icon="plus" disabled={chosen === undefined || (!bare && operand === "")} onClick={add}>
            {t("build.add")}
          </Button>
        </div>
      )}
    </div>
  );
}
