import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Button, IconButton, Input, Select, TextField } from "@/ui";
import styles from "./prepare.module.css";
import type { StageColumn } from "./types";

const marks: Record<string, string> = { string: "Aa", integer: "123", decimal: "1.2", float: "~1", boolean: "✓", date: "31", timestamp: "12:00" };

/** A sign for a type; the word stands beside it or is read out. */
export const typeMark = (type: string) => marks[type] ?? "";

interface Of<V> {
  label: string;
  value: V;
  onChange: (value: V) => void;
  error?: string;
}

/** Some columns, in the order in which they are chosen. */
export function ColumnsPick({ label, columns, value, onChange, error }: Of<string[]> & { columns: readonly StageColumn[] }) {
  const { t } = useTranslation("prepare");
  const { pick } = useText();
  const gone = value.filter((v) => !columns.some((c) => c.name === v)).map((name): StageColumn => ({ name, type: "" }));
  const all = [...columns, ...gone];
  return (
    <fieldset className={styles["list"]}>
      <legend>{label}</legend>
      <div className={styles["picks"]}>
        {all.map((c) => (
          <label key={c.name} className={styles["pick"]} data-on={value.includes(c.name) || undefined}>
            <input type="checkbox" checked={value.includes(c.name)} onChange={(e) => onChange(e.target.checked ? [...value, c.name] : value.filter((v) => v !== c.name))} />
            <span>{pick(c.title, c.name)}</span>
            {c.type !== "" && (
              <small title={t(`type.${c.type}`)} aria-label={t(`type.${c.type}`)}>
                {typeMark(c.type)}
              </small>
            )}
          </label>
        ))}
      </div>
      {all.length > 1 && (
        <div className={styles["row"]}>
          <Button small variant="ghost" onClick={() => onChange(all.map((c) => c.name))}>
            {t("all")}
          </Button>
          <Button small variant="ghost" onClick={() => onChange([])}>
            {t("noneOf")}
          </Button>
        </div>
      )}
      {error !== undefined && <p className={styles["wrong"]}>{error}</p>}
    </fieldset>
  );
}

/** Columns to order by, each up or down. */
export function OrderPick({ label, columns, value, onChange, error }: Of<string[]> & { columns: readonly StageColumn[] }) {
  const { t } = useTranslation("prepare");
  const { pick } = useText();
  const options = columns.map((c) => ({ value: c.name, label: pick(c.title, c.name) }));
  const free = options.filter((o) => !value.some((v) => v.replace(/^-/, "") === o.value));
  return (
    <fieldset className={styles["list"]}>
      <legend>{label}</legend>
      {value.map((v, i) => {
        const name = v.replace(/^-/, "");
        const put = (next: string) => onChange(value.map((o, k) => (k === i ? next : o)));
        return (
          <div key={i} className={styles["row"]}>
            <Select aria-label={label} options={[...options.filter((o) => o.value === name), ...free]} value={name} onChange={(e) => put((v.startsWith("-") ? "-" : "") + e.target.value)} />
            <Select
              aria-label={t("direction")}
              options={[
                { value: "", label: t("up") },
                { value: "-", label: t("down") },
              ]}
              value={v.startsWith("-") ? "-" : ""}
              onChange={(e) => put(e.target.value + name)}
            />
            <IconButton small icon="trash" label={t("removeEntry", { n: i + 1 })} onClick={() => onChange(value.filter((_, k) => k !== i))} />
          </div>
        );
      })}
      {free.length > 0 && (
        <Button small icon="plus" onClick={() => onChange([...value, free[0]?.value ?? ""])}>
          {t("addEntry")}
        </Button>
      )}
      {error !== undefined && <p className={styles["wrong"]}>{error}</p>}
    </fieldset>
  );
}

/** Some words, divided by commas. */
export function Names({ label, value, onChange, error, hint }: Of<string[]> & { hint?: string }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextField
      label={label}
      error={error}
      hint={hint}
      value={typed ?? value.join(", ")}
      onChange={(e) => {
        setTyped(e.target.value);
        onChange(e.target.value.split(/[,，]/).map((s) => s.trim()).filter(Boolean));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

interface PairsProps extends Of<Record<string, string>> {
  /** What may stand on the left; any text when not given. */
  from?: readonly StageColumn[];
  to?: readonly StageColumn[];
  /** Gives texts for the left from the rows. */
  look?: () => Promise<string[]>;
}

/** One text for another: a table of two columns. */
export function Pairs({ label, from, to, value, onChange, error, look }: PairsProps) {
  const { t } = useTranslation("prepare");
  const { pick } = useText();
  // Rows whose left side is not there yet are kept here only.
  const [extra, setExtra] = useState<[string, string][]>([]);
  const rows: [string, string][] = [...Object.entries(value), ...extra.filter(([k]) => value[k] === undefined)];
  const put = (next: [string, string][]) => {
    const unique = next.filter(([k], i) => k !== "" && next.findIndex(([o]) => o === k) === i);
    setExtra(next.filter((row) => !unique.includes(row)));
    onChange(Object.fromEntries(unique));
  };
  const side = (columns: readonly StageColumn[] | undefined, text: string, name: string, set: (v: string) => void) =>
    columns === undefined ? (
      <Input aria-label={name} value={text} onChange={(e) => set(e.target.value)} />
    ) : (
      <Select aria-label={name} options={[{ value: "", label: t("choose") }, ...columns.map((c) => ({ value: c.name, label: pick(c.title, c.name) })), ...(text !== "" && !columns.some((c) => c.name === text) ? [{ value: text, label: text }] : [])]} value={text} onChange={(e) => set(e.target.value)} />
    );
  return (
    <fieldset className={styles["list"]}>
      <legend>{label}</legend>
      {rows.map(([k, v], i) => (
        <div key={i} className={styles["row"]}>
          {side(from, k, t("pair.from", { n: i + 1 }), (next) => put(rows.map((r, n) => (n === i ? [next, v] : r))))}
          <span aria-hidden="true">→</span>
          {side(to, v, t("pair.to", { n: i + 1 }), (next) => put(rows.map((r, n) => (n === i ? [k, next] : r))))}
          <IconButton small icon="trash" label={t("removeEntry", { n: i + 1 })} onClick={() => put(rows.filter((_, n) => n !== i))} />
        </div>
      ))}
      <div className={styles["row"]}>
        <Button small icon="plus" onClick={() => setExtra([...extra, ["", ""]])}>
          {t("addEntry")}
        </Button>
        {look !== undefined && (
          <Button small icon="search" onClick={() => void look().then((found) => onChange({ ...Object.fromEntries(found.map((f) => [f, f])), ...value }))}>
            {t("look")}
          </Button>
        )}
      </div>
      {error !== undefined && <p className={styles["wrong"]}>{error}</p>}
    </fieldset>
  );
}
