import { useEffect, useRef, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import type { Gap, ProcessState, StepEvent, StepMetric, StepState } from "@/api/processes";
import { judgementOf, type Summary } from "@/api/summaries";
import type { TargetState } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { dayIn, formatAgo, formatPeriod } from "@/lib/date";
import { formatShare, formatValue } from "@/lib/number";
import { Change, Chip, DataMark, Icon, Num, Tooltip, type Tone } from "@/ui";
import { byStage } from "./draft";
import styles from "./process.module.css";

const tones: Record<TargetState["status"], Tone> = { ahead: "good", on_track: "good", at_risk: "watch", behind: "bad", unknown: "neutral" };

/** How far along the target of a metric is. */
function Pace({ metric, target }: { metric: StepMetric; target: TargetState }) {
  const { t } = useTranslation("process");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const words = { value: formatValue(target.value, metric, lang), period: formatPeriod(dayIn(target.range.from, zone), target.period, lang) };
  return (
    <Tooltip text={target.pace === null ? t("paceUnknown", words) : t("pace", { ...words, pace: formatShare(target.pace, lang, 0) })} focusable>
      <Chip tone={tones[target.status]}>{t(`status.${target.status}`)}</Chip>
    </Tooltip>
  );
}

function GapMark({ gap }: { gap: Gap | undefined }) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  if (gap === undefined) return null;
  return (
    <Tooltip text={pick(gap.text)} focusable>
      <Chip tone="watch">{t(`gap.${gap.code}`)}</Chip>
    </Tooltip>
  );
}

function Metric({ metric, summary, gap }: { metric: StepMetric; summary: Summary | undefined; gap: Gap | undefined }) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  const { unit, format } = metric;
  return (
    <li>
      <Link to={`/metrics/${encodeURIComponent(metric.name)}`}>{pick(metric.title, metric.name)}</Link>
      <span className={styles["value"]}>
        <Num value={summary?.value} unit={unit} format={format} reason={summary?.noValue?.text} />
        {summary !== undefined && summary.change !== null && <Change change={summary.change} rate={summary.changeRate} judgement={judgementOf(summary)} unit={unit} format={format} />}
      </span>
      {metric.target !== null && <Pace metric={metric} target={metric.target} />}
      {summary?.freshness?.late === true && (
        <Chip tone="watch" icon="clock">
          {t("page.late")}
        </Chip>
      )}
      <DataMark distrust={summary?.freshness?.distrust} />
      <GapMark gap={gap} />
    </li>
  );
}

function Event({ event, gap }: { event: StepEvent; gap: Gap | undefined }) {
  const { t } = useTranslation("process");
  const { lang, pick } = useText();
  return (
    <li>
      <Link to={`/data/events/${encodeURIComponent(event.name)}`}>{pick(event.title, event.name)}</Link>
      <span className={styles["muted"]}>{event.last === null ? t("page.never") : t("page.lastAt", { ago: formatAgo(event.last, lang) })}</span>
      <GapMark gap={gap} />
    </li>
  );
}

/** A step; one that the address names is brought into view. */
function Step({ step, number, values }: { step: StepState; number: number; values: ReadonlyMap<string, Summary> }) {
  const { pick } = useText();
  const who = pick(step.who);
  const does = pick(step.does);
  const here = useLocation().hash === `#${step.name}`;
  const card = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (here) card.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [here]);
  const gapOf = (of: string) => step.gaps.find((g) => g.of === of);
  return (
    <li ref={card} aria-current={here ? "step" : undefined} className={styles["step"]}>
      <h3>
        <span className={styles["number"]} aria-hidden="true">
          {number}
        </span>
        {pick(step.title, step.name)}
      </h3>
      {does !== "" && <p className={styles["does"]}>{does}</p>}
      {who !== "" && (
        <p className={styles["who"]}>
          <Icon name="user" size={16} /> {who}
        </p>
      )}
      {step.metrics.length > 0 ? (
        <ul className={styles["metrics"]}>
          {step.metrics.map((m) => (
            <Metric key={m.name} metric={m} summary={values.get(m.name)} gap={gapOf(`Metric/${m.name}`)} />
          ))}
        </ul>
      ) : (
        <p>
          <GapMark gap={gapOf("")} />
        </p>
      )}
      {step.events.length > 0 && (
        <ul className={styles["events"]}>
          {step.events.map((e) => (
            <Event key={e.name} event={e} gap={gapOf(`Event/${e.name}`)} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** The steps from left to right, under their stages; one below the other where there is no room. */
export function Strip({ state }: { state: ProcessState }) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  const values = new Map(state.values.map((s) => [s.metric, s]));
  return (
    // A long process scrolls inside its own frame, which must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["strip"]} tabIndex={0} role="region" aria-label={t("page.strip")}>
      {byStage(state.steps).map(({ stage, from, steps }) => (
        <section key={from} className={styles["stage"]} style={{ "--steps": steps.length } as CSSProperties}>
          <h2>{pick(stage)}</h2>
          <ol start={from + 1}>
            {steps.map((step, i) => (
              <Step key={step.name} step={step} number={from + i + 1} values={values} />
            ))}
          </ol>
        </section>
      ))}
    </div>
  );
}
