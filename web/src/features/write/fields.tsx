import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Kind, Metadata, Text } from "@/api/types";
import { documentOf } from "@/lib/yaml";
import { Button, Chip, Notice, Picker, SelectField, TextAreaField, TextField, useErrorText, type PickerOption } from "@/ui";
import type { Definition, Findings } from "./definition";
import styles from "./definition.module.css";

// Parts that the forms of definitions share.

const filled = (text: Text): Text | undefined => ((text.zh ?? "") === "" && (text.en ?? "") === "" ? undefined : { ...text, zh: text.zh || undefined, en: text.en || undefined });

interface About {
  metadata: Metadata;
  /** What a new definition is called unless somebody writes a name, and what is wrong with that. */
  fresh: { proposed: string; error: string | undefined } | undefined;
  onChange: (metadata: Metadata) => void;
  children?: ReactNode;
}

/** Title and meaning in both languages, and who answers for it. */
export function AboutFields({ metadata, fresh, onChange, children }: About) {
  const { t } = useTranslation("write");
  const { title = {}, description = {} } = metadata;
  return (
    <div className={styles["fields"]}>
      <TextField label={t("title.zh")} lang="zh-CN" value={title.zh ?? ""} onChange={(e) => onChange({ ...metadata, title: filled({ ...title, zh: e.target.value }) })} />
      <TextField label={t("title.en")} lang="en" value={title.en ?? ""} onChange={(e) => onChange({ ...metadata, title: filled({ ...title, en: e.target.value }) })} />
      <TextAreaField label={t("meaning.zh")} lang="zh-CN" rows={2} value={description.zh ?? ""} onChange={(e) => onChange({ ...metadata, description: filled({ ...description, zh: e.target.value }) })} />
      <TextAreaField label={t("meaning.en")} lang="en" rows={2} value={description.en ?? ""} onChange={(e) => onChange({ ...metadata, description: filled({ ...description, en: e.target.value }) })} />
      <TextField label={t("owner")} value={metadata.owner ?? ""} onChange={(e) => onChange({ ...metadata, owner: e.target.value || undefined })} />
      {fresh !== undefined && <TextField mono label={t("name")} hint={t("nameHint", { name: fresh.proposed })} error={fresh.error} value={metadata.name} onChange={(e) => onChange({ ...metadata, name: e.target.value.trim() })} />}
      {children}
    </div>
  );
}

interface Labelled {
  label: string;
  hint?: string;
  error?: string;
}

/** A number, or none. What is being typed stays as it is until the field is left. */
export function NumberField({ value, onChange, error, ...rest }: Labelled & { value: number | undefined; onChange: (value: number | undefined) => void }) {
  const { t } = useTranslation("write");
  const [typed, setTyped] = useState<string | null>(null);
  const bad = typed !== null && typed.trim() !== "" && !Number.isFinite(Number(typed));
  return (
    <TextField
      {...rest}
      inputMode="decimal"
      error={bad ? t("notNumber") : error}
      value={typed ?? (value === undefined ? "" : String(value))}
      onChange={(e) => {
        setTyped(e.target.value);
        const next = e.target.value.trim();
        if (next === "") onChange(undefined);
        else if (Number.isFinite(Number(next))) onChange(Number(next));
      }}
      onBlur={() => !bad && setTyped(null)}
    />
  );
}

/** A list of texts, one a line. */
export function LinesField({ value = [], onChange, rows = 2, ...rest }: Labelled & { value: string[] | undefined; rows?: number; onChange: (value: string[] | undefined) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <TextAreaField
      {...rest}
      mono
      rows={rows}
      value={typed ?? value.join("\n")}
      onChange={(e) => {
        setTyped(e.target.value);
        const lines = e.target.value.split("\n").map((l) => l.trim()).filter(Boolean);
        onChange(lines.length === 0 ? undefined : lines);
      }}
      onBlur={() => setTyped(null)}
    />
  );
}

const units = ["minute", "hour", "day", "week"] as const;
const spanPattern = /^(.*?)\s*(second|minute|hour|day|week|month|quarter|year)s?$/;

/** A length of time: a number and its unit, or none. What is no number is the server's to refuse. */
export function SpanField({ value = "", usual = "hour", onChange, ...rest }: Labelled & { value: string | undefined; usual?: "hour" | "day"; onChange: (value: string | undefined) => void }) {
  const { t } = useTranslation("write");
  const [, amount = value, of = usual] = spanPattern.exec(value) ?? [];
  const [typed, setTyped] = useState(amount);
  const [unit, setUnit] = useState(of);
  const write = (n: string, u: string) => {
    setTyped(n);
    setUnit(u);
    onChange(n.trim() === "" ? undefined : `${n.trim()} ${u}${n.trim() === "1" ? "" : "s"}`);
  };
  return (
    <>
      <TextField {...rest} inputMode="numeric" value={typed} onChange={(e) => write(e.target.value, unit)} />
      <SelectField label={t("span.unit")} value={unit} options={[...new Set([...units, of])].map((u) => ({ value: u, label: t(`span.units.${u}`) }))} onChange={(e) => write(typed, e.target.value)} />
    </>
  );
}

/** Some of many, in the order in which they were picked. */
export function PickedField({ label, hint, error, options, value = [], onChange }: Labelled & { options: readonly PickerOption[]; value: string[] | undefined; onChange: (value: string[] | undefined) => void }) {
  const { t } = useTranslation("write");
  const labelOf = (v: string) => options.find((o) => o.value === v)?.label ?? v;
  const write = (next: string[]) => onChange(next.length === 0 ? undefined : next);
  return (
    <div className={styles["picked"]}>
      <Picker label={label} options={options.filter((o) => !value.includes(o.value))} value="" onChange={(v) => write([...value, v])} />
      {error !== undefined ? <p className={styles["error"]}>{error}</p> : hint !== undefined && <p className={styles["hint"]}>{hint}</p>}
      {value.length > 0 && (
        <p className={styles["chips"]}>
          {value.map((v) => (
            <Chip key={v}>
              {labelOf(v)}
              <button type="button" className={styles["drop"]} aria-label={t("picked.drop", { name: labelOf(v) })} onClick={() => write(value.filter((other) => other !== v))}>
                ×
              </button>
            </Chip>
          ))}
        </p>
      )}
    </div>
  );
}

/** The same as a file would say it. */
export function CodeOf<S extends object>({ kind, definition }: { kind: Kind; definition: Definition<S> }) {
  const { t } = useTranslation("write");
  return (
    <details>
      <summary>{t("code.asCode")}</summary>
      <pre className={styles["text"]}>{documentOf(kind, definition.metadata, definition.spec)}</pre>
    </details>
  );
}

interface End {
  findings: Findings;
  ready: boolean;
  /** What is missing while it is not ready. */
  missing: string;
  error: Error | null;
  busy: boolean;
  onCancel: () => void;
}

/** What is wrong beside the fields, and the buttons. */
export function FormEnd({ findings, ready, missing, error, busy, onCancel }: End) {
  const { t } = useTranslation("write");
  const textOf = useErrorText();
  return (
    <>
      <div aria-live="polite" className={styles["stack"]}>
        {findings.elsewhere.map((f, i) => (
          <Notice key={i} tone={f.severity === "error" ? "bad" : "watch"}>
            {f.name !== undefined && <code>{f.name}: </code>}
            {f.text}
          </Notice>
        ))}
        {error !== null && (
          <Notice tone="bad">
            <span className={styles["lines"]}>{textOf(error)}</span>
          </Notice>
        )}
      </div>
      <div className={styles["foot"]}>
        <Button type="submit" variant="primary" icon="check" disabled={!ready || findings.failed} busy={busy}>
          {t("save")}
        </Button>
        <Button onClick={onCancel}>{t("cancel")}</Button>
        {(!ready || findings.failed) && <span className={styles["quiet"]}>{ready ? t("failed") : missing}</span>}
      </div>
    </>
  );
}
