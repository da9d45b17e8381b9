import { useTranslation } from "react-i18next";
import type { DatasetSpec, MetricInput, Resource } from "@/api/types";
import { ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, Checkbox, IconButton, Picker, Segmented, SelectField, TextField } from "@/ui";
import type { Metric } from "./catalog";
import { Shown, useOptions } from "./ComposedParts";
import type { Draft } from "./draft";
import { units, windowUnits, type TimedDraft } from "./timed";
import form from "./form.module.css";
import styles from "./metrics.module.css";

export interface TimedProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  metrics: readonly Metric[];
  datasets: readonly Resource<DatasetSpec>[];
  errorAt: (path: string) => string | undefined;
}

const useChange = ({ draft, change }: TimedProps) => (part: Partial<TimedDraft>) => change({ timed: { ...draft.timed, ...part } });

/** A number of periods. */
function Span({ label, draft, set, choices, error }: { label: string; draft: TimedDraft; set: (part: Partial<TimedDraft>) => void; choices: readonly string[]; error: string | undefined }) {
  const { t } = useTranslation("metrics");
  return (
    <div className={form["span"]}>
      <TextField label={label} type="number" min="1" max="1000" step="1" inputMode="numeric" error={error} value={draft.count} onChange={(e) => set({ count: e.target.value })} />
      <SelectField label={t("timed.unit")} value={draft.unit} onChange={(e) => set({ unit: e.target.value })} options={[...new Set([...choices, draft.unit])].map((u) => ({ value: u, label: t(`timed.units.${u}`, u) }))} />
    </div>
  );
}

/** Accumulate a metric: over the last days, since a period began, or of all time. */
export function CumulativePart(props: TimedProps) {
  const { t } = useTranslation("metrics");
  const { draft, metrics, errorAt } = props;
  const { timed } = draft;
  const set = useChange(props);
  const error = errorAt("spec.metric");
  return (
    <div className={styles["stack"]}>
      <Picker label={t("timed.what")} options={useOptions(metrics)} value={timed.metric} onChange={(metric) => set({ metric })} />
      {error !== undefined && <p className={styles["error"]}>{error}</p>}
      <div className={form["line"]}>
        <Segmented label={t("timed.over")} value={timed.span} onChange={(span) => set({ span })} options={(["window", "toDate", "all"] as const).map((s) => ({ value: s, label: t(`timed.span.${s}`) }))} />
        {timed.span === "window" && <Span label={t("timed.last")} draft={timed} set={set} choices={units} error={errorAt("spec.window")} />}
        {timed.span === "toDate" && <SelectField label={t("timed.since")} value={timed.toDate} onChange={(e) => set({ toDate: e.target.value })} options={units.slice(1).map((u) => ({ value: u, label: t(`timed.began.${u}`) }))} />}
      </div>
      <p className={styles["quiet"]}>{t(`timed.spanHint.${timed.span}`)}</p>
      {timed.metric !== "" && <Shown draft={draft} metrics={metrics} />}
    </div>
  );
}

/** Columns that can say who it was: those of the dataset that the rows of a metric are in. */
function useWho(metric: string, { metrics, datasets }: TimedProps, current: string) {
  const { pick } = useText();
  const dataset = metrics.find((m) => m.metadata.name === metric)?.spec.dataset ?? "";
  const columns = datasets.find((d) => d.metadata.name === dataset)?.spec.columns ?? [];
  const options = columns.filter((c) => c.type === "string" || c.type === "integer").map((c) => ({ value: c.name, label: pick(c.title, c.name) }));
  if (current !== "" && !options.some((o) => o.value === current)) options.push({ value: current, label: current });
  return options;
}

/** One side: a metric whose rows count, perhaps under a condition. */
function Side({ name, label, value, onChange, props }: { name: "base" | "conversion" | "return"; label: string; value: MetricInput; onChange: (input: MetricInput) => void; props: TimedProps }) {
  const { t } = useTranslation("metrics");
  const options = useOptions(props.metrics.filter((m) => m.spec.type === "simple"));
  const error = props.errorAt(`spec.${name}.metric`) ?? props.errorAt(`spec.${name}`);
  return (
    <div className={styles["stack"]}>
      <Picker label={label} options={options} value={value.metric} onChange={(metric) => onChange({ ...value, metric })} />
      {error !== undefined && <p className={styles["error"]}>{error}</p>}
      <ExprField label={t("form.inputWhere")} error={props.errorAt(`spec.${name}.where`)} context={{ as: "condition", metrics: value.metric === "" ? [] : [value.metric] }} value={value.where ?? ""} onChange={(where) => onChange({ ...value, where })} />
    </div>
  );
}

/** Columns that have to be equal on both sides of a conversion. */
function Constant({ props, base, other }: { props: TimedProps; base: { value: string; label: string }[]; other: { value: string; label: string }[] }) {
  const { t } = useTranslation("metrics");
  const { constant } = props.draft.timed;
  const change = useChange(props);
  const set = (i: number, part: Partial<(typeof constant)[number]>) => change({ constant: constant.map((c, j) => (j === i ? { ...c, ...part } : c)) });
  const first = { value: "", label: t("choose") };
  return (
    <div className={styles["stack"]}>
      {constant.map((c, i) => (
        <div key={i} className={form["pair"]}>
          <SelectField label={t("timed.sameBase")} value={c.base} onChange={(e) => set(i, { base: e.target.value, conversion: other.some((o) => o.value === e.target.value) && c.conversion === "" ? e.target.value : c.conversion })} options={[first, ...base]} />
          <SelectField label={t("timed.sameOther")} value={c.conversion} onChange={(e) => set(i, { conversion: e.target.value })} options={[first, ...other]} />
          <IconButton icon="trash" label={t("timed.sameRemove")} onClick={() => change({ constant: constant.filter((_, j) => j !== i) })} />
        </div>
      ))}
      <div>
        <Button small icon="plus" onClick={() => change({ constant: [...constant, { base: "", conversion: "" }] })}>
          {t("timed.sameAdd")}
        </Button>
      </div>
    </div>
  );
}

/** Who came from one thing to another, or came back. */
export function JourneyPart(props: TimedProps & { way: "conversion" | "retention" }) {
  const { t } = useTranslation("metrics");
  const { draft, metrics, way, errorAt } = props;
  const { timed } = draft;
  const set = useChange(props);
  const base = useWho(timed.base.metric, props, timed.who);
  const other = useWho(timed.came.metric, props, timed.whoElse);
  const shared = other.some((o) => o.value === timed.who);
  const calculate = (calculation: "rate" | "count") =>
    props.change({ timed: { ...timed, calculation }, unit: calculation === "rate" ? draft.unit || "percent" : draft.unit === "percent" ? "" : draft.unit });
  return (
    <div className={styles["stack"]}>
      <div className={styles["two"]}>
        <Side name="base" label={t(`timed.${way}.base`)} value={timed.base} onChange={(input) => set({ base: input })} props={props} />
        <Side name={way === "conversion" ? "conversion" : "return"} label={t(`timed.${way}.came`)} value={timed.came} onChange={(came) => set({ came })} props={props} />
        <SelectField label={t("timed.who")} hint={t("timed.whoHint")} error={errorAt("spec.entity")} value={timed.who} onChange={(e) => set({ who: e.target.value, whoElse: "" })} options={[{ value: "", label: t("choose") }, ...base]} />
        {timed.who !== "" && timed.came.metric !== "" && (!shared || timed.whoElse !== "") && (
          <SelectField label={t("timed.whoElse")} value={timed.whoElse} onChange={(e) => set({ whoElse: e.target.value })} options={[{ value: "", label: shared ? t("timed.whoSame") : t("choose") }, ...other]} />
        )}
      </div>
      {way === "conversion" ? (
        <>
          <div className={form["line"]}>
            <Checkbox label={t("timed.limited")} checked={timed.limited} onChange={(e) => set({ limited: e.target.checked })} />
            {timed.limited && <Span label={t("timed.within")} draft={timed} set={set} choices={windowUnits} error={errorAt("spec.window")} />}
          </div>
          <Constant props={props} base={base} other={other} />
        </>
      ) : (
        <div className={form["line"]}>
          <SelectField label={t("timed.period")} value={timed.period} onChange={(e) => set({ period: e.target.value })} options={(["day", "week", "month"] as const).map((p) => ({ value: p, label: t(`timed.periods.${p}`) }))} />
          <TextField label={t("timed.after")} type="number" min="1" max="1000" step="1" error={errorAt("spec.after")} value={timed.after} onChange={(e) => set({ after: e.target.value })} />
          <Segmented label={t("timed.exact")} value={timed.exact ? "exact" : "later"} onChange={(v) => set({ exact: v === "exact" })} options={(["exact", "later"] as const).map((v) => ({ value: v, label: t(`timed.exactly.${v}`) }))} />
        </div>
      )}
      <div className={form["line"]}>
        <Segmented label={t("timed.calculation")} value={timed.calculation} onChange={calculate} options={(["rate", "count"] as const).map((c) => ({ value: c, label: t(`timed.${way}.${c}`) }))} />
      </div>
      <p className={styles["quiet"]}>{t(`timed.${way}.hint`)}</p>
      {timed.base.metric !== "" && timed.came.metric !== "" && <Shown draft={draft} metrics={metrics} />}
    </div>
  );
}
