import { useTranslation } from "react-i18next";
import { Button, IconButton, Input, SelectField, TextAreaField, TextField } from "@/ui";
import styles from "./connections.module.css";
import { applies, pairsOf, textOf, type Pair, type Values } from "./values";
import type { FieldDef } from "./kinds";

interface PairsProps {
  label: string;
  hint: string | undefined;
  error: string | undefined;
  /** The second of each is a secret; those of these names are kept already. */
  secret: boolean;
  kept: (name: string) => boolean;
  pairs: readonly Pair[];
  onChange: (pairs: readonly Pair[]) => void;
}

/** Names with a text each. */
function Pairs({ label, hint, error, secret, kept, pairs, onChange }: PairsProps) {
  const { t } = useTranslation("connections");
  const set = (at: number, pair: Pair) => onChange(pairs.map((p, i) => (i === at ? pair : p)));
  const note = error ?? hint;
  return (
    <fieldset className={styles["pairs"]}>
      <legend>{label}</legend>
      {pairs.map(([name, value], i) => (
        // Rows have no name of their own while they are written.
        // oxlint-disable-next-line react/no-array-index-key
        <div key={i} className={styles["pair"]}>
          <Input mono aria-label={t("pairs.name", { label })} aria-invalid={error === undefined ? undefined : true} placeholder={t("pairs.namePlaceholder")} value={name} onChange={(e) => set(i, [e.target.value, value])} />
          <Input
            mono={!secret}
            type={secret ? "password" : "text"}
            autoComplete={secret ? "new-password" : undefined}
            aria-label={t("pairs.value", { label })}
            placeholder={secret && kept(name.trim()) ? "••••••••" : t("pairs.valuePlaceholder")}
            value={value}
            onChange={(e) => set(i, [name, e.target.value])}
          />
          <IconButton icon="trash" label={t("pairs.remove", { name: name === "" ? String(i + 1) : name })} onClick={() => onChange(pairs.filter((_, at) => at !== i))} />
        </div>
      ))}
      <div>
        <Button small icon="plus" aria-label={t("pairs.addTo", { label })} onClick={() => onChange([...pairs, ["", ""]])}>
          {t("pairs.add")}
        </Button>
      </div>
      {note !== undefined && <small className={error === undefined ? styles["muted"] : styles["wrong"]}>{note}</small>}
    </fieldset>
  );
}

interface FieldProps {
  field: FieldDef;
  label: string;
  hint: string | undefined;
  error: string | undefined;
  value: Values[string] | undefined;
  kept: (path: string) => boolean;
  onChange: (value: Values[string]) => void;
}

function SpecField({ field, label, hint, error, value, kept, onChange }: FieldProps) {
  const { t } = useTranslation("connections");
  const secretHint = kept(field.path) ? t("form.secretKept") : t("form.secretHint");
  const common = { label, error, value: textOf(value), required: field.required === true && !kept(field.path), placeholder: field.placeholder };
  switch (field.kind) {
    case "choice":
      return <SelectField label={label} hint={hint} error={error} value={textOf(value)} options={(field.options ?? []).map((o) => ({ value: o, label: t(`choice.${field.path}.${o === "" ? "none" : o}`) }))} onChange={(e) => onChange(e.target.value)} />;
    case "pairs":
    case "secretPairs":
      return <Pairs label={label} hint={hint} error={error} secret={field.kind === "secretPairs"} kept={(name) => kept(`${field.path}.${name}`)} pairs={pairsOf(value)} onChange={onChange} />;
    case "code":
      return <TextAreaField mono rows={4} {...common} hint={hint} onChange={(e) => onChange(e.target.value)} />;
    case "longSecret":
      return <TextAreaField mono rows={3} {...common} hint={hint ?? secretHint} onChange={(e) => onChange(e.target.value)} />;
    case "secret":
      return <TextField type="password" autoComplete="new-password" {...common} hint={secretHint} placeholder={kept(field.path) ? "••••••••" : undefined} onChange={(e) => onChange(e.target.value)} />;
    default:
      return <TextField inputMode={field.kind === "number" ? "numeric" : undefined} {...common} hint={hint} onChange={(e) => onChange(e.target.value)} />;
  }
}

interface Props {
  fields: readonly FieldDef[];
  label: (path: string) => string;
  /** Empty for none. */
  hint: (path: string) => string;
  values: Values;
  /** What is wrong, by path. */
  errors: Record<string, string>;
  kept?: (path: string) => boolean;
  onChange: (path: string, value: Values[string]) => void;
}

const nothing = () => false;

/** What is wrong at a field, or below it. */
const errorAt = (errors: Record<string, string>, path: string) => errors[path] ?? Object.entries(errors).find(([at]) => at.startsWith(`${path}.`))?.[1];

/** The fields that apply, and on request those that are rarely needed. */
export function FieldGrid({ fields, label, hint, values, errors, kept = nothing, onChange }: Props) {
  const { t } = useTranslation("connections");
  const here = fields.filter((f) => applies(f, values));
  const draw = (list: FieldDef[]) => (
    <div className={styles["fields"]}>
      {list.map((f) => (
        <div key={f.path} className={f.wide === true ? styles["wide"] : undefined}>
          <SpecField
            field={f}
            label={label(f.path)}
            hint={hint(f.path) || undefined}
            error={errorAt(errors, f.path)}
            value={values[f.path]}
            kept={kept}
            onChange={(value) => onChange(f.path, value)}
          />
        </div>
      ))}
    </div>
  );
  const more = here.filter((f) => f.more === true);
  const needed = more.some((f) => errorAt(errors, f.path) !== undefined || f.required === true);
  return (
    <>
      {draw(here.filter((f) => f.more !== true))}
      {more.length > 0 && (
        <details open={needed || undefined}>
          <summary>{t("form.more")}</summary>
          {draw(more)}
        </details>
      )}
    </>
  );
}
