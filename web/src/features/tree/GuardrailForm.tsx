import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { GuardrailSpec } from "@/api/types";
import { Button, Picker, SelectField, TextField, type PickerOption } from "@/ui";
import { parseRule, printRule, type RuleForm, type Shape } from "./rule";
import styles from "./editor.module.css";

const shapes: Shape[] = ["notRise", "notFall", "atLeast", "atMost", "text"];
const whenGrowing = "root.change > 0";

interface Props {
  value: GuardrailSpec;
  unit: string;
  metrics: readonly PickerOption[];
  onChange: (value: GuardrailSpec) => void;
  onRemove: () => void;
}

/** One guardrail: of which metric, what must hold, when, and what a breach means. */
export function GuardrailForm({ value, unit, metrics, onChange, onRemove }: Props) {
  const { t } = useTranslation("tree");
  const [form, setForm] = useState<RuleForm>(() => parseRule(value.rule, unit));
  const when = (value.when ?? "") === "" ? "always" : value.when === whenGrowing ? "growing" : "text";
  const change = (next: RuleForm) => {
    setForm(next);
    onChange({ ...value, rule: printRule(next, unit) });
  };
  return (
    <fieldset className={styles["item"]}>
      <legend className="sr-only">{t("guardrail")}</legend>
      <div className={styles["fields"]}>
        <Picker label={t("metric")} options={metrics} value={value.metric} onChange={(metric) => onChange({ ...value, metric })} />
        <SelectField label={t("rule.label")} value={form.shape} onChange={(e) => change({ ...form, shape: e.target.value as Shape, text: form.text || value.rule })} options={shapes.map((s) => ({ value: s, label: t(`rule.${s}`) }))} />
        {form.shape === "text" ? (
          <TextField mono label={t("rule.expression")} hint={t("rule.expressionHint")} value={form.text} onChange={(e) => change({ ...form, text: e.target.value })} />
        ) : (
          <TextField label={form.shape === "notRise" || form.shape === "notFall" || unit === "percent" ? t("rule.percent") : t("rule.amount")} inputMode="decimal" value={form.amount} onChange={(e) => change({ ...form, amount: e.target.value })} />
        )}
        <SelectField
          label={t("compare.label")}
          value={value.compare ?? "previous_period"}
          onChange={(e) => onChange({ ...value, compare: e.target.value })}
          options={[
            { value: "previous_period", label: t("compare.previous_period") },
            { value: "previous_year", label: t("compare.previous_year") },
          ]}
        />
        <SelectField
          label={t("when.label")}
          value={when}
          onChange={(e) => onChange({ ...value, when: e.target.value === "always" ? undefined : e.target.value === "growing" ? whenGrowing : "root.change_rate > 0.01" })}
          options={[
            { value: "always", label: t("when.always") },
            { value: "growing", label: t("when.growing") },
            { value: "text", label: t("when.text") },
          ]}
        />
        {when === "text" && <TextField mono label={t("rule.expression")} value={value.when ?? ""} onChange={(e) => onChange({ ...value, when: e.target.value })} />}
        <TextField label={t("periods")} type="number" min={1} max={12} value={String(value.periods ?? 1)} onChange={(e) => onChange({ ...value, periods: Math.max(1, Math.trunc(Number(e.target.value)) || 1) })} />
        <SelectField
          label={t("then.label")}
          value={value.then}
          onChange={(e) => onChange({ ...value, then: e.target.value === "unhealthy" ? "unhealthy" : "watch" })}
          options={[
            { value: "watch", label: t("then.watch") },
            { value: "unhealthy", label: t("then.unhealthy") },
          ]}
        />
      </div>
      <Button small variant="ghost" icon="trash" onClick={onRemove}>
        {t("remove")}
      </Button>
    </fieldset>
  );
}
