import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useExplain } from "@/api/hooks";
import type { ExplainRequest, Explanation, Grain, Range } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatRange } from "@/lib/date";
import { Chip, Loaded, Segmented, Skeleton } from "@/ui";
import { target, type DrillStep, type Mode } from "./drill";
import { DimensionView } from "./DimensionView";
import { FormulaView } from "./FormulaView";
import { TimeView } from "./TimeView";
import styles from "./explain.module.css";

const shownFindings = 5;

export interface WhyState {
  mode: Mode | "";
  steps: DrillStep[];
}

interface Props {
  metric: string;
  /** Narrows the metric from the start. */
  where?: string;
  title: string;
  period: Grain;
  from: Range;
  to: Range;
  timezone: string;
  state: WhyState;
  onState: (state: WhyState) => void;
}

function Crumbs({ title, state, onState }: Pick<Props, "title" | "state" | "onState">) {
  const { t } = useTranslation("explain");
  if (state.steps.length === 0) return null;
  return (
    <nav aria-label={t("path")}>
      <ol className={styles["crumbs"]}>
        {[title, ...state.steps.map((s) => s.label)].map((label, i, all) => (
          <li key={i}>
            {i === all.length - 1 ? (
              <strong aria-current="true">{label}</strong>
            ) : (
              <button type="button" onClick={() => onState({ mode: "", steps: state.steps.slice(0, i) })}>
                {label}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

/** One sentence, then the change part by part: by formula, by dimension or over time. */
export function Why({ metric, where = "", title, period, from, to, timezone, state, onState }: Props) {
  const { t } = useTranslation("explain");
  const { lang, pick } = useText();
  const [dimension, setDimension] = useState("");
  const asked = useMemo(() => target(metric, state.steps, where), [metric, state.steps, where]);
  const request: ExplainRequest = { metric: asked.metric, where: asked.where || undefined, from: { from: from.from, to: from.to }, to: { from: to.from, to: to.to }, period };
  const query = useExplain(request);
  const open = (step: DrillStep) => onState({ mode: "", steps: [...state.steps, step] });
  const modesOf = (e: Explanation): Mode[] => [...(e.formula === null ? [] : (["formula"] as const)), ...(e.dimensions.length === 0 ? [] : (["dimension"] as const)), "time"];

  return (
    <div className={styles["why"]}>
      <Crumbs title={title} state={state} onState={onState} />
      <Loaded
        query={query}
        skeleton={
          <>
            <Skeleton height={24} width="70%" />
            <Skeleton height={220} style={{ marginTop: 16 }} />
          </>
        }
      >
        {(explanation) => {
          const modes = modesOf(explanation);
          const mode = modes.find((m) => m === state.mode) ?? modes[0] ?? "time";
          return (
            <>
              <p className={styles["sentence"]}>{pick(explanation.sentence)}</p>
              <div className={styles["bar"]}>
                <Segmented label={t("how")} value={mode} onChange={(next) => onState({ ...state, mode: next })} options={modes.map((m) => ({ value: m, label: t(`mode.${m}`) }))} />
                {explanation.unusual && <Chip tone="watch">{t("unusual")}</Chip>}
                <span className={styles["ranges"]}>
                  {formatRange(explanation.from, timezone, lang)} → {formatRange(explanation.to, timezone, lang)}
                </span>
              </div>
              {mode === "formula" && <FormulaView explanation={explanation} onOpen={open} />}
              {mode === "dimension" && <DimensionView explanation={explanation} chosen={dimension} onChoose={setDimension} onOpen={open} />}
              {explanation.findings.length > 1 && mode !== "time" && (
                <section>
                  <h3>{t("findings")}</h3>
                  <ol className={styles["findings"]}>
                    {explanation.findings.slice(0, shownFindings).map((f, i) => (
                      <li key={i}>
                        {pick(f.text)} {f.unusual && <Chip tone="watch">{t("unusualShort")}</Chip>}
                      </li>
                    ))}
                  </ol>
                </section>
              )}
              {mode === "time" && <TimeView explanation={explanation} where={asked.where} period={period} timezone={timezone} />}
            </>
          );
        }}
      </Loaded>
    </div>
  );
}
