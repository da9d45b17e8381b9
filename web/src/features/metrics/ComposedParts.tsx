import { useTranslation } from "react-i18next";
import type { MetricInput } from "@/api/types";
import { ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, Picker } from "@/ui";
import type { Metric } from "./catalog";
import { definitionOf, type Draft } from "./draft";
import { Typeset } from "./Typeset";
import form from "./form.module.css";
import styles from "./metrics.module.css";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  metrics: readonly Metric[];
  /** The name of the metric that is changed; "" for a new one. */
  self: string;
  errorAt: (path: string) => string | undefined;
}

/** Metrics to choose from. */
export function useOptions(metrics: readonly Metric[]) {
  const { pick } = useText();
  return metrics.map((m) => ({ value: m.metadata.name, label: pick(m.metadata.title, m.metadata.name), detail: [m.metadata.name, ...(m.metadata.synonyms ?? [])].join(" ") }));
}

/** The formula as far as it is written. */
export function Shown({ draft, metrics }: { draft: Draft; metrics: readonly Metric[] }) {
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
        <ExprField label={t("form.inputWhere")} error={errorAt(`spec.${key}.where`)} context={{ as: "condition", metrics: value.metric === "" ? [] : [value.metric] }} value={value.where ?? ""} onChange={(where) => change({ [key]: { ...value, where } })} />
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

const aliases = (draft: Draft) => Object.fromEntries(Object.entries(draft.inputs).map(([name, input]) => [name, input.metric]));

/** Combine metrics in a formula. */
export function DerivedPart({ draft, change, metrics, self, errorAt }: Props) {
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
      <ExprField label={t("form.formula")} hint={t("form.formulaHint")} error={errorAt("spec.expr")} context={{ as: "formula", inputs: aliases(draft), metric: self }} value={draft.formula} onChange={(formula) => change({ formula })} />
      {draft.formula.trim() !== "" && <Shown draft={draft} metrics={metrics} />}
    </div>
  );
}
