import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/types";
import { ConditionField, ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, Checkbox, IconButton, Picker, SelectField, TextField } from "@/ui";
import { ColumnsPick, Names, OrderPick, Pairs, typeMark } from "./picks";
import styles from "./prepare.module.css";
import { shapes, withField, type FieldShape } from "./shape";
import { kindOf, type Fields, type Part, type StageColumn, type Step, type Table } from "./types";

export interface Surroundings {
  /** Columns before the step. */
  columns: readonly StageColumn[];
  tables: readonly Table[];
  /** Columns of the dataset that the step reads, inside a part of it. */
  there?: readonly StageColumn[];
  /** What is wrong at a path below the step, such as cast[0].type. */
  errorAt: (path: string) => Finding | undefined;
  /** The most frequent values of a column before the step. */
  look: (column: string) => Promise<string[]>;
}

const text = (v: unknown) => (typeof v === "string" || typeof v === "number" ? String(v) : "");
const names = (v: unknown): string[] => (Array.isArray(v) ? v.filter((x): x is string => typeof x === "string") : []);
const pairs = (v: unknown): Record<string, string> => (typeof v === "object" && v !== null && !Array.isArray(v) ? (v as Record<string, string>) : {});

interface FieldProps {
  shape: FieldShape;
  path: string;
  fields: Fields;
  set: (value: unknown) => void;
  around: Surroundings;
}

function Field({ shape, path, fields, set, around }: FieldProps) {
  const { t } = useTranslation("prepare");
  const { pick } = useText();
  const value = fields[shape.key];
  const finding = around.errorAt(path);
  const error = finding === undefined ? undefined : pick(finding.text);
  const called = shape.label ?? shape.key;
  const label = t(`field.${called}`);
  const hint = t(`hint.${called}`, { defaultValue: "" }) || undefined;
  const options = (list: readonly StageColumn[]) => list.map((c) => ({ value: c.name, label: pick(c.title, c.name), detail: `${typeMark(c.type)} ${c.name}` }));
  const columns = options(around.columns);
  const there = around.tables.find((x) => x.dataset === fields["dataset"])?.columns ?? around.there ?? [];
  switch (shape.as) {
    case "column":
    case "thereColumn":
      return (
        <div>
          <Picker label={label} options={shape.as === "column" ? columns : options(there)} value={text(value)} onChange={set} />
          {error !== undefined && <p className={styles["wrong"]}>{error}</p>}
        </div>
      );
    case "columns":
    case "thereColumns":
      return <ColumnsPick label={label} columns={shape.as === "columns" ? around.columns : there} value={names(value)} onChange={set} error={error} />;
    case "order":
      return <OrderPick label={label} columns={around.columns} value={names(value)} onChange={set} error={error} />;
    case "condition":
      return <ConditionField label={label} context={{ as: shape.as, columns: around.columns }} columns={around.columns} look={around.look} value={text(value)} onChange={set} findings={finding === undefined ? [] : [finding]} />;
    case "value":
      return <ExprField label={label} context={{ as: shape.as, columns: around.columns }} value={text(value)} onChange={set} findings={finding === undefined ? [] : [finding]} />;
    case "text":
      return <TextField label={label} error={error} value={text(value)} onChange={(e) => set(e.target.value)} hint={hint} />;
    case "number":
      return <TextField label={label} error={error} inputMode="decimal" value={text(value)} onChange={(e) => set(e.target.value === "" ? undefined : Number.isNaN(Number(e.target.value)) ? e.target.value : Number(e.target.value))} />;
    case "names":
      return <Names label={label} error={error} hint={hint} value={names(value)} onChange={set} />;
    case "flag":
      return <Checkbox label={label} checked={value === true} onChange={(e) => set(e.target.checked)} />;
    case "choice": {
      const choices = (shape.choices ?? []).map((c) => ({ value: c, label: t(`choice.${c}`) }));
      const shown = shape.none === true ? [{ value: "", label: t(`none.${shape.key}`) }, ...choices] : choices;
      return <SelectField label={label} error={error} options={shown} value={text(value)} onChange={(e) => set(e.target.value === "" ? undefined : e.target.value)} />;
    }
    case "salt":
      return <TextField label={label} error={error} hint={t("hint.salt")} value={text(pairs(value)["vault"])} onChange={(e) => set(e.target.value === "" ? undefined : { vault: e.target.value })} />;
    case "dataset":
      return (
        <div>
          <Picker label={label} options={around.tables.map((x) => ({ value: x.dataset, label: pick(x.title, x.dataset), detail: x.dataset }))} value={text(value)} onChange={set} />
          {error !== undefined && <p className={styles["wrong"]}>{error}</p>}
        </div>
      );
    case "datasets":
      return <ColumnsPick label={label} columns={around.tables.map((x) => ({ name: x.dataset, title: x.title, type: "" }))} value={names(value)} onChange={set} error={error} />;
    case "match":
      return <Pairs label={label} from={around.columns} to={there} value={pairs(value)} onChange={set} error={error} />;
    case "pairs": {
      const of = text(fields["column"]);
      return <Pairs label={label} from={shape.key === "rename" ? around.columns : undefined} value={pairs(value)} onChange={set} error={error} look={shape.key === "values" && of !== "" ? () => around.look(of) : undefined} />;
    }
    case "part": {
      const part = value === undefined ? undefined : (value as Fields);
      return (
        <fieldset className={styles["list"]}>
          <Checkbox label={label} checked={part !== undefined} onChange={(e) => set(e.target.checked ? shape.fresh?.() : undefined)} />
          {part !== undefined && (
            <div className={styles["fields"]}>
              <FieldsOf shape={shape.of ?? []} path={path} fields={part} set={set} around={{ ...around, there }} />
            </div>
          )}
        </fieldset>
      );
    }
    case "list": {
      const list = Array.isArray(value) ? (value as Fields[]) : [];
      const of = text(fields["column"]);
      return (
        <fieldset className={styles["list"]}>
          <legend>{label}</legend>
          <Entries shape={shape.of ?? []} path={path} list={list} set={set} around={around} fresh={shape.fresh ?? (() => ({}))} />
          {shape.key === "values" && of !== "" && (
            <Button small icon="search" onClick={() => void around.look(of).then((found) => set(found.slice(0, 30).map((v, i) => ({ value: v, name: slugOf(v, i) }))))}>
              {t("look")}
            </Button>
          )}
        </fieldset>
      );
    }
  }
}

const slugOf = (value: string, i: number) => {
  const name = value.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_+|_+$/g, "").replace(/__+/g, "_");
  return /^[a-z]/.test(name) ? name : `v_${name === "" ? i + 1 : name}`;
};

interface EntriesProps {
  shape: readonly FieldShape[];
  path: string;
  list: readonly Fields[];
  set: (list: Fields[]) => void;
  around: Surroundings;
  fresh: () => Fields;
}

/** A list of entries with the same fields. */
function Entries({ shape, path, list, set, around, fresh }: EntriesProps) {
  const { t } = useTranslation("prepare");
  return (
    <div className={styles["stack"]}>
      {list.map((entry, i) => (
        <div key={i} className={styles["entry"]}>
          <div className={styles["fields"]}>
            <FieldsOf shape={shape} path={`${path}[${i}]`} fields={entry} set={(next) => set(list.map((e, k) => (k === i ? next : e)))} around={around} />
          </div>
          {list.length > 1 && <IconButton small icon="trash" label={t("removeEntry", { n: i + 1 })} onClick={() => set(list.filter((_, k) => k !== i))} />}
        </div>
      ))}
      <div>
        <Button small icon="plus" onClick={() => set([...list, fresh()])}>
          {t("addEntry")}
        </Button>
      </div>
    </div>
  );
}

function FieldsOf({ shape, path, fields, set, around }: { shape: readonly FieldShape[]; path: string; fields: Fields; set: (next: Fields) => void; around: Surroundings }) {
  return (
    <>
      {shape
        .filter((f) => f.when === undefined || f.when(fields))
        .map((f) => (
          <div key={f.key} data-wide={["columns", "thereColumns", "order", "condition", "value", "pairs", "match", "list", "part", "datasets"].includes(f.as) || undefined}>
            <Field shape={f} path={`${path}.${f.key}`} fields={fields} set={(v) => set(withField(fields, f.key, v))} around={around} />
          </div>
        ))}
    </>
  );
}

/** The form of one step. */
export function StepForm({ step, onChange, around }: { step: Step; onChange: (step: Step) => void; around: Surroundings }) {
  const { t } = useTranslation("prepare");
  const kind = kindOf(step);
  const { holds, fields, fresh } = shapes[kind];
  const part = step[kind];
  const put = (next: unknown) => onChange({ ...step, [kind]: next as Part });
  const [only] = fields;
  return (
    <div className={styles["stack"]}>
      <p className={styles["muted"]}>{t(`about.${kind}`)}</p>
      {holds === "list" && <Entries shape={fields} path={kind} list={Array.isArray(part) ? (part as Fields[]) : []} set={put} around={around} fresh={() => (fresh() as Fields[])[0] ?? {}} />}
      {holds === "fields" && (
        <div className={styles["fields"]}>
          <FieldsOf shape={fields} path={kind} fields={(part ?? {}) as Fields} set={put} around={around} />
        </div>
      )}
      {holds === "one" && only !== undefined && <Field shape={only} path={kind} fields={{ [only.key]: part }} set={(v) => put(v ?? (only.as === "condition" ? "" : only.as === "pairs" ? {} : []))} around={around} />}
      <TextField label={t("note")} value={step.note ?? ""} onChange={(e) => onChange(withField(step, "note", e.target.value) as Step)} />
    </div>
  );
}
