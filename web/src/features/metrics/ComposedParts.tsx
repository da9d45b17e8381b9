import { useTranslation } from "react-i18next";
import type { MetricInput } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Picker, TextAreaField, TextField } from "@/ui";
import type { Metric } from "./catalog";
import { definitionOf, type Draft } from "./draft";
import { Typeset } from "./Typeset";
import form from "./form.module.css";
import styles from "./metrics.module.css";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  metrics: readonly Metric[];
  errorAt: (path: string) => string | undefined;
}

function useOptions(metrics: readonly Metric[]) {
  const { pick } = useText();
  return metrics.map((m) => ({ value: m.metadata.name, label: pick(m.metadata.title, m.metadata.name), detail: [m.metadata.name, ...(m.metadata.synonyms ?? [])].join(" ") }));
}

function Shown({ draft, metrics }: { draft: Draft; metrics: readonly Metric[] }) {
  const { pick } = useText();
  const title = (name: string) => {
    const found = metrics.find((m) => m.metadata.name === name);
    return found === undefined ? undefined : pick(found.metadata.title, name);
  };
  return <Typeset spec={definitionOf(draft, "x").spec} title={title} aggregate={() => ""} />;
}

/** Divide two metrics, each perhaps under a condition. */
export function RatioPart({ draft, change, metrics, errorAt }: Props) {
  const { t } = useTranslation("metrics");
  const options = useOptions(metrics);
  const side = (key: "numerator" | "denominator") => {
    const value: MetricInput = draft[key];
    const error = errorAt(`spec.${key}.metric`) ?? errorAt(`spec.${key}`);
    return (
      <div className={styles["stack"]}>
        <Picker label={t(`form.${key}`)} options={options} value={value.metric} onChange={(metric) => change({ [key]: { ...value, metric } })} />
        {error !== undefined && <p className={styles["error"]}>{error}</p>}
        <TextField label={t("form.inputWhere")} mono value={value.where ?? ""} error={errorAt(`spec.${key}.where`)} onChange={(e) => change({ [key]: { ...value, where: e.target.value } })} />
      </div>
    );
  };
  return (
    <div className={styles["stack"]}>
      <div className={styles["two"]}>
        {side("numerator")}
        {side("denominator")}
      </div>
      {draft.numerator.metric !== "" && draft.denominator.metric !== "" && <Shown draft={draft} metrics={metrics} />}
    </div>
  );
}

/** Combine metrics in a formula. */
export function DerivedPart({ draft, change, metrics, errorAt }: Props) {
  const { t } = useTranslation("metrics");
  const options = useOptions(metrics);
  const append = (text: string) => change({ formula: `${draft.formula.trimEnd()}${draft.formula.trim() === "" || text === ")" || draft.formula.trimEnd().endsWith("(") ? "" : " "}${text}` });
  return (
    <div className={styles["stack"]}>
      <div className={form["fields"]}>
        <Picker label={t("form.insert")} options={options} value="" onChange={append} />
        <div className={form["keys"]} role="group" aria-label={t("form.signs")}>
          {["+", "-", "*", "/", "(", ")"].map((sign) => (
            <Button key={sign} small onClick={() => append(sign)}>
              {sign === "*" ? "×" : sign === "/" ? "÷" : sign === "-" ? "−" : sign}
            </Button>
          ))}
        </div>
      </div>
      <TextAreaField label={t("form.formula")} hint={t("form.formulaHint")} error={errorAt("spec.expr")} mono rows={2} value={draft.formula} onChange={(e) => change({ formula: e.target.value })} />
      {draft.formula.trim() !== "" && <Shown draft={draft} metrics={metrics} />}
    </div>
  );
}
