import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { DatasetSpec, QualityRuleSpec, Resource } from "@/api/types";
import { ConditionField, SpanField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { datasetPath } from "@/lib/place";
import { Checkbox, Notice, Segmented, SelectField, TextAreaField, TextField } from "@/ui";
import styles from "../data.module.css";
import sheet from "../upload/upload.module.css";
import { columnsFor, stepsOf, type RuleField } from "./rules";

export interface FieldProps {
  field: RuleField;
  rule: QualityRuleSpec;
  dataset: Resource<DatasetSpec>;
  datasets: readonly Resource<DatasetSpec>[];
  /** What the server says of a place below the rule. */
  errorAt: (path: string) => string | undefined;
  change: (part: Partial<QualityRuleSpec>) => void;
}

/** A share that is written in percent. */
function ShareField({ label, hint, error, value, onChange }: { label: string; hint: string; error: string | undefined; value: number | undefined; onChange: (share: number | undefined) => void }) {
  const [typed, setTyped] = useState(value === undefined ? "" : String(Number((value * 100).toPrecision(12))));
  return (
    <TextField
      label={label}
      hint={hint}
      error={error}
      inputMode="decimal"
      value={typed}
      onChange={(e) => {
        setTyped(e.target.value);
        const n = Number(e.target.value);
        onChange(e.target.value.trim() === "" || Number.isNaN(n) ? undefined : n / 100);
      }}
    />
  );
}

/** One field of a rule. */
export function RulePart({ field, rule, dataset, datasets, errorAt, change }: FieldProps) {
  const { t } = useTranslation("quality");
  const { pick } = useText();
  const { spec, metadata } = dataset;
  const label = t(`form.${field}`);
  const error = errorAt(field);
  const columns = columnsFor(rule.rule, spec.columns).map((c) => ({ value: c.name, label: pick(c.title, c.name) }));
  const choose = { value: "", label: t("form.choose") };
  switch (field) {
    case "column":
      if (rule.rule === "reconcile" && rule.agg === "count") return null;
      return <SelectField label={label} error={error} value={rule.column ?? ""} options={[choose, ...columns]} onChange={(e) => change({ column: e.target.value })} />;
    case "columns": {
      const chosen = rule.columns ?? (rule.column === undefined ? [] : [rule.column]);
      const pickOne = (name: string, on: boolean) => change({ column: undefined, columns: spec.columns.map((c) => c.name).filter((c) => (c === name ? on : chosen.includes(c))) });
      return (
        <fieldset className={sheet["checks"]} data-wide>
          <legend>{rule.rule === "unique" ? t("form.together") : rule.rule === "silence" ? t("form.reporter") : label}</legend>
          {columns.map((c) => (
            <Checkbox key={c.value} label={c.label} checked={chosen.includes(c.value)} onChange={(e) => pickOne(c.value, e.target.checked)} />
          ))}
        </fieldset>
      );
    }
    case "relationship": {
      const own = (spec.relationships ?? []).filter((r) => r.through === undefined);
      if (own.length === 0) {
        return (
          <Notice>
            <p>
              {t("form.noRelations")} <Link to={`${datasetPath(metadata.name)}?tab=relations`}>{t("form.toRelations")}</Link>
            </p>
          </Notice>
        );
      }
      return <SelectField label={label} error={error} value={rule.relationship ?? ""} options={[choose, ...own.map((r) => ({ value: r.name, label: `${r.name} → ${pick(datasets.find((d) => d.metadata.name === r.to)?.metadata.title, r.to)}` }))]} onChange={(e) => change({ relationship: e.target.value })} />;
    }
    case "min":
    case "max":
      return <TextField label={rule.rule === "volume" ? t(`form.${field}Rows`) : label} error={error} value={rule[field] ?? ""} onChange={(e) => change({ [field]: e.target.value.trim() })} />;
    case "pattern":
      return <TextField mono label={label} hint={t("form.patternHint")} error={error} value={rule.pattern ?? ""} onChange={(e) => change({ pattern: e.target.value })} />;
    case "values":
      return <Values label={label} error={errorAt("values") ?? errorAt("values[")} value={rule.values ?? []} onChange={(values) => change({ values })} />;
    case "expr":
      return (
        <div data-wide>
          <ConditionField label={label} hint={t("form.exprHint")} error={error} context={{ as: "condition", dataset: metadata.name }} columns={spec.columns} value={rule.expr ?? ""} onChange={(expr) => change({ expr })} />
        </div>
      );
    case "where":
      return (
        <div data-wide>
          <ConditionField label={label} hint={t("form.whereHint")} error={error} context={{ as: "condition", dataset: metadata.name }} columns={spec.columns} value={rule.where ?? ""} onChange={(where) => change({ where })} />
        </div>
      );
    case "by":
      return <SelectField label={label} error={error} value={rule.by ?? ""} options={[{ value: "", label: t(`form.byDefault.${rule.rule}`) }, ...(stepsOf[rule.rule] ?? []).map((by) => ({ value: by, label: t(`form.steps.${by}`) }))]} onChange={(e) => change({ by: e.target.value })} />;
    case "agg":
      return (
        <Segmented
          label={label}
          value={rule.agg === "count" ? "count" : "sum"}
          options={[
            { value: "sum", label: t("form.sum") },
            { value: "count", label: t("form.count") },
          ]}
          onChange={(agg) => change(agg === "count" ? { agg, column: undefined } : { agg: undefined })}
        />
      );
    case "against": {
      const other = datasets.find((d) => d.metadata.name === rule.against?.dataset);
      const set = (part: Partial<NonNullable<QualityRuleSpec["against"]>>) => change({ against: { dataset: "", ...rule.against, ...part } });
      return (
        <>
          <SelectField label={label} error={errorAt("against.dataset") ?? error} value={rule.against?.dataset ?? ""} options={[choose, ...datasets.filter((d) => d.metadata.name !== metadata.name).map((d) => ({ value: d.metadata.name, label: pick(d.metadata.title, d.metadata.name) }))]} onChange={(e) => change({ against: e.target.value === "" ? undefined : { dataset: e.target.value } })} />
          {rule.agg !== "count" && other !== undefined && (
            <SelectField label={t("form.againstColumn")} error={errorAt("against.column")} value={rule.against?.column ?? ""} options={[{ value: "", label: t("form.sameName") }, ...columnsFor("reconcile", other.spec.columns).map((c) => ({ value: c.name, label: pick(c.title, c.name) }))]} onChange={(e) => set({ column: e.target.value || undefined })} />
          )}
        </>
      );
    }
    case "bound":
      return <TextField label={label} hint={t("form.boundHint")} error={error} inputMode="decimal" value={rule.bound === undefined ? "" : String(rule.bound)} onChange={(e) => change({ bound: e.target.value === "" || Number.isNaN(Number(e.target.value)) ? undefined : Number(e.target.value) })} />;
    case "tolerance":
      return <ShareField label={label} hint={t(`form.toleranceHint.${rule.rule}`)} error={error} value={rule.tolerance} onChange={(tolerance) => change({ tolerance })} />;
    case "allow":
      return <ShareField label={rule.rule === "silence" ? t("form.allowSilent") : label} hint={t("form.allowHint")} error={error} value={rule.allow} onChange={(allow) => change({ allow: allow === 0 ? undefined : allow })} />;
    case "who":
      return <TextField label={label} hint={t("form.whoHint")} error={error} value={rule.who ?? ""} onChange={(e) => change({ who: e.target.value })} />;
    case "within":
      return <SpanField key={rule.rule} usual={rule.rule === "inspection" ? "day" : "hour"} label={rule.rule === "silence" ? t("form.withinSilent") : rule.rule === "inspection" ? t("form.withinInspected") : label} error={error} value={rule.within} onChange={(within) => change({ within })} />;
  }
}

/** Values, one a line. */
function Values({ label, error, value, onChange }: { label: string; error: string | undefined; value: string[]; onChange: (values: string[]) => void }) {
  const { t } = useTranslation("quality");
  const [typed, setTyped] = useState(value.join("\n"));
  return (
    <TextAreaField
      label={label}
      hint={t("form.valuesHint")}
      error={error}
      rows={5}
      className={styles["mono"]}
      value={typed}
      onChange={(e) => {
        setTyped(e.target.value);
        onChange([...new Set(e.target.value.split("\n").map((v) => v.trim()).filter(Boolean))]);
      }}
    />
  );
}
