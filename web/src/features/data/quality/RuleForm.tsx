import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useResources } from "@/api/hooks";
import type { DatasetSpec, QualityRuleSpec, Resource, Text } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Dialog, Notice, SelectField, TextField, useErrorText } from "@/ui";
import styles from "../data.module.css";
import { useChecked } from "../dataset/useChecked";
import { useAmend } from "../hooks";
import { RulePart } from "./RuleFields";
import { fieldsOf, isComplete, kinds, ofKind, put, ruleId, withPart } from "./rules";
import type { RuleKind } from "./types";

interface Props {
  dataset: Resource<DatasetSpec>;
  /** The rule to change; null for a new one. */
  existing: QualityRuleSpec | null;
  onClose: () => void;
}

/** Says what a dataset's rows promise. */
export function RuleForm({ dataset, existing, onClose }: Props) {
  const { t } = useTranslation("quality");
  const { pick } = useText();
  const textOf = useErrorText();
  const amend = useAmend();
  const datasets = useResources<DatasetSpec>("datasets");
  const [rule, setRule] = useState<QualityRuleSpec>(existing ?? { rule: "not_null", columns: [] });
  const old = existing === null ? null : ruleId(existing);
  const complete = isComplete(rule);
  const rules = put(dataset.spec, rule, old);
  const at = old === null ? rules.length - 1 : (dataset.spec.quality ?? []).findIndex((r) => ruleId(r) === old);
  const findings = useChecked(dataset.metadata, { ...dataset.spec, quality: rules }, complete).filter((f) => complete && f.severity === "error" && (f.path ?? "").startsWith(`spec.quality[${at}]`));
  const errorAt = (field: string) => {
    const found = findings.find((f) => (f.path ?? "").startsWith(`spec.quality[${at}].${field}`));
    return found === undefined ? undefined : pick(found.text);
  };
  const known = fieldsOf[rule.rule].map((field) => `spec.quality[${at}].${field}`);
  const elsewhere = findings.filter((f) => !known.some((path) => (f.path ?? "").startsWith(path)));
  const change = (part: Partial<QualityRuleSpec>) => setRule((now) => withPart(now, part));
  const title = (part: Text) => {
    const next = { ...rule.title, ...part };
    change({ title: (next.zh ?? "") === "" && (next.en ?? "") === "" ? undefined : next });
  };
  const save = () => amend.mutate({ name: dataset.metadata.name, change: (spec) => ({ ...spec, quality: put(spec, rule, old) }) }, { onSuccess: onClose });
  return (
    <Dialog
      wide
      title={existing === null ? t("form.new") : t("form.edit")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("form.cancel")}</Button>
          <Button variant="primary" busy={amend.isPending} disabled={!complete || findings.length > 0} onClick={save}>
            {t("form.save")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <div className={styles["fields"]}>
          <SelectField label={t("form.kind")} hint={t(`about.${rule.rule}`)} value={rule.rule} options={kinds.map((kind) => ({ value: kind, label: t(`kind.${kind}`) }))} onChange={(e) => setRule(ofKind(rule, e.target.value as RuleKind, dataset.spec.columns))} />
        </div>
        <div key={rule.rule} className={styles["fields"]}>
          {fieldsOf[rule.rule].map((field) => (
            <RulePart key={field} field={field} rule={rule} dataset={dataset} datasets={datasets.data ?? []} errorAt={errorAt} change={change} />
          ))}
        </div>
        <div className={styles["fields"]}>
          <SelectField
            label={t("form.severity")}
            value={rule.severity ?? "error"}
            options={(["error", "warning"] as const).map((level) => ({ value: level, label: t(`severity.${level}`) }))}
            onChange={(e) => change({ severity: e.target.value === "warning" ? "warning" : undefined })}
          />
          <TextField label={t("form.titleZh")} hint={t("form.titleHint")} lang="zh-CN" value={rule.title?.zh ?? ""} onChange={(e) => title({ zh: e.target.value })} />
          <TextField label={t("form.titleEn")} lang="en" value={rule.title?.en ?? ""} onChange={(e) => title({ en: e.target.value })} />
        </div>
        {elsewhere.map((f) => (
          <Notice key={`${f.path ?? ""}${f.rule}`} tone="bad">
            {pick(f.text)}
          </Notice>
        ))}
        {amend.error !== null && (
          <Notice tone="bad">
            <span className={styles["lines"]}>{textOf(amend.error)}</span>
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
