import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { unifiedOf, useEntities } from "@/api/tables";
import type { DatasetSpec, Resource } from "@/api/types";
import { ConditionField, ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { quotePath } from "@/lib/expr";
import { Notice, SelectField, TextField } from "@/ui";
import { usePreview } from "./api";
import { LevelPart } from "./LevelPart";
import { aggs, type Draft } from "./draft";
import { Samples } from "./Samples";
import form from "./form.module.css";
import styles from "./metrics.module.css";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  datasets: readonly Resource<DatasetSpec>[];
  errorAt: (path: string) => string | undefined;
}

const numeric = (type: string) => /^(integer|decimal|float)$/.test(type);
const needsNumbers = (agg: string) => /^(sum|avg|weighted_avg|median|percentile)$/.test(agg);
const addsUp = (agg: string) => /^(sum|count|avg|weighted_avg|min|max)$/.test(agg);

/** Count or sum something: which rows, what of them, under which condition. */
export function SimplePart({ draft, change, datasets, errorAt }: Props) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const dataset = datasets.find((d) => d.metadata.name === draft.dataset);
  const columns = dataset?.spec.columns ?? [];
  const preview = usePreview(draft.dataset);
  const rows = preview.data;
  const look = useCallback(
    (column: string) => {
      const at = rows?.columns.findIndex((c) => c.name === column) ?? -1;
      return Promise.resolve([...new Set((rows?.rows ?? []).map((r) => r[at]).filter((v) => v !== null && v !== undefined).map(String))].slice(0, 20));
    },
    [rows],
  );
  const usable = columns.filter((c) => !needsNumbers(draft.agg) || numeric(c.type));
  const entities = useEntities();
  const unified = draft.agg === "count_distinct" ? unifiedOf(columns, entities.data ?? []) : [];
  const isColumn = columns.some((c) => quotePath(c.name) === draft.expr) || unified.some((u) => u.expr === draft.expr);
  const [written, setWritten] = useState(draft.expr !== "");
  const free = written && !isColumn;
  return (
    <div className={styles["stack"]}>
      {datasets.length === 0 && <Notice tone="watch">{t("form.noData")}</Notice>}
      <div className={form["fields"]}>
        <SelectField
          label={t("form.dataset")}
          error={errorAt("spec.dataset")}
          value={draft.dataset}
          onChange={(e) => {
            setWritten(false);
            change({ dataset: e.target.value, expr: "", where: "" });
          }}
          options={[{ value: "", label: t("choose") }, ...datasets.map((d) => ({ value: d.metadata.name, label: pick(d.metadata.title, d.metadata.name) }))]}
        />
        <SelectField label={t("form.agg")} error={errorAt("spec.agg")} value={draft.agg} onChange={(e) => change({ agg: e.target.value, expr: e.target.value === "count" ? "" : draft.expr })} options={aggs.map((a) => ({ value: a, label: t(`agg.name.${a}`) }))} />
        {draft.agg !== "count" && (
          <SelectField
            label={t("form.what")}
            error={free ? undefined : errorAt("spec.expr")}
            value={free ? "*" : draft.expr}
            onChange={(e) => {
              setWritten(e.target.value === "*");
              change({ expr: e.target.value === "*" ? "" : e.target.value });
            }}
            options={[{ value: "", label: t("choose") }, ...unified.map(({ expr, entity }) => ({ value: expr, label: t("form.unified", { name: pick(entity.metadata.title, entity.metadata.name) }) })), ...usable.map((c) => ({ value: quotePath(c.name), label: `${pick(c.title, c.name)} (${t(`type.${c.type}`)})` })), { value: "*", label: t("form.expression") }]}
          />
        )}
        {draft.agg === "percentile" && <TextField label={t("form.percentile")} type="number" min="0.01" max="0.99" step="0.01" error={errorAt("spec.percentile")} value={draft.percentile} onChange={(e) => change({ percentile: e.target.value })} />}
      </div>
      {draft.agg !== "count" && free && <ExprField label={t("form.expr")} hint={t("form.exprHint")} error={errorAt("spec.expr")} context={{ as: draft.agg === "count_distinct" ? "value" : "number", dataset: draft.dataset }} value={draft.expr} onChange={(expr) => change({ expr })} />}
      {draft.agg === "weighted_avg" && <ExprField label={t("form.weight")} hint={t("form.weightHint")} error={errorAt("spec.weight")} context={{ as: "number", dataset: draft.dataset }} value={draft.weight} onChange={(weight) => change({ weight })} />}
      {preview.data !== undefined && draft.dataset !== "" && <Samples preview={preview.data} columns={columns} column={columns.find((c) => quotePath(c.name) === draft.expr)?.name ?? ""} />}
      {draft.dataset !== "" && <ConditionField label={t("form.where")} hint={t("form.whereHint")} error={errorAt("spec.where")} context={{ as: "condition", dataset: draft.dataset }} columns={columns} look={look} value={draft.where} onChange={(where) => change({ where })} />}
      {dataset?.spec.time !== undefined && addsUp(draft.agg) && <LevelPart draft={draft} change={change} columns={columns} error={errorAt("spec.balance")} />}
    </div>
  );
}
