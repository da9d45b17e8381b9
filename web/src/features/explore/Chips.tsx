import { useTranslation } from "react-i18next";
import type { DimensionInfo, MetricSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Picker } from "@/ui";
import { Choices } from "./Choices";
import { EditChip } from "./EditChip";
import type { Trouble } from "./errors";
import { FilterEditor } from "./FilterEditor";
import { MetricOptions } from "./MetricOptions";
import { encodeOption, optionName, optionsOf, sameOption } from "./option";
import { topOf, type Place } from "./question";
import { comparisons, grains, usualTop, type Ask, type Filter } from "./state";
import { TimeEditor } from "./TimeEditor";
import type { Words } from "./words";
import styles from "./explore.module.css";

interface Props {
  ask: Ask;
  change: (part: Partial<Ask>) => void;
  metrics: readonly Resource<MetricSpec>[];
  dimensions: readonly DimensionInfo[];
  troubles: readonly Trouble[];
  words: Words;
}

const replaced = <T,>(list: readonly T[], at: number, value: T) => list.map((item, i) => (i === at ? value : item));
const without = <T,>(list: readonly T[], at: number) => list.filter((_, i) => i !== at);

/** The question as chips. */
export function Chips({ ask, change, metrics, dimensions, troubles, words }: Props) {
  const { t } = useTranslation("explore");
  const { pick } = useText();
  const trouble = (place: Place, index: number | null = null) => troubles.find((x) => x.place === place && (x.index === index || x.index === null))?.text;
  const metricOptions = metrics.map((m) => ({ value: m.metadata.name, label: pick(m.metadata.title, m.metadata.name), detail: [m.metadata.name, ...(m.metadata.synonyms ?? [])].join(" ") }));
  const dimensionOptions = dimensions.filter((d) => d.type !== "timestamp").map((d) => ({ value: d.name, label: pick(d.title, d.name), detail: d.name, disabled: d.fits ? undefined : pick(d.reason, t("fields.unfit")) }));
  const setFilter = (at: number, filter: Filter) => change({ filters: replaced(ask.filters, at, filter) });
  const top = topOf(ask);

  return (
    <div className={styles["chips"]} role="group" aria-label={t("question")}>
      <div className={styles["chipRow"]}>
        <span className={styles["chipLabel"]}>{t("metrics")}</span>
        {ask.metrics.map((name, i) => (
          <EditChip key={name} kind={t("metric")} text={words.metric(name)} trouble={trouble("metrics", i)} onRemove={() => change({ metrics: without(ask.metrics, i) })} removeLabel={t("removeThis", { name: words.metric(name) })}>
            {(close) => (
              <>
                <MetricOptions ask={ask} change={change} metric={name} words={words} />
                <Picker
                  label={t("chip.swapMetric")}
                  options={metricOptions}
                  value={name}
                  onChange={(next) => {
                    change({ metrics: [...new Set(replaced(ask.metrics, i, next))] });
                    close();
                  }}
                />
              </>
            )}
          </EditChip>
        ))}
        {optionsOf(ask).map((o, i) => {
          const text = words.output(optionName(o), ask);
          return <EditChip key={encodeOption(o)} kind={t("option.label")} text={text} trouble={trouble("metrics", ask.metrics.length + i)} onRemove={() => change({ options: ask.options.filter((x) => !sameOption(x, o)) })} removeLabel={t("removeThis", { name: text })} />;
        })}
        <EditChip key={`add-${ask.metrics.length}`} kind={t("chip.addMetric")} text={ask.metrics.length === 0 ? t("chip.addMetric") : ""} icon="plus">
          {(close) => (
            <Picker
              label={t("chip.addMetric")}
              options={metricOptions.filter((o) => !ask.metrics.includes(o.value))}
              value=""
              onChange={(next) => {
                change({ metrics: [...ask.metrics, next] });
                close();
              }}
            />
          )}
        </EditChip>
      </div>
      <div className={styles["chipRow"]}>
        <span className={styles["chipLabel"]}>{t("by")}</span>
        <EditChip kind={t("chip.grain")} text={ask.grain === "" ? t("chip.noGrain") : t("chip.every", { grain: t(`grain.${ask.grain}`) })} icon="clock">
          {(close) => (
            <Choices
              value={ask.grain}
              options={[{ value: "", label: t("chip.noGrain") }, ...grains.map((g) => ({ value: g, label: t("chip.every", { grain: t(`grain.${g}`) }) }))]}
              onChoose={(g) => {
                change({ grain: grains.find((x) => x === g) ?? "", chart: "", order: "" });
                close();
              }}
            />
          )}
        </EditChip>
        {ask.by.map((name, i) => (
          <EditChip key={name} kind={t("dimension")} text={words.dimension(name)} trouble={trouble("by", i)} onRemove={() => change({ by: without(ask.by, i), chart: "", order: "" })} removeLabel={t("removeThis", { name: words.dimension(name) })}>
            {(close) => (
              <Picker
                label={t("chip.swapDimension")}
                options={dimensionOptions}
                value={name}
                onChange={(next) => {
                  change({ by: [...new Set(replaced(ask.by, i, next))], order: "" });
                  close();
                }}
              />
            )}
          </EditChip>
        ))}
        <EditChip key={`add-${ask.by.length}`} kind={t("chip.addDimension")} text={ask.by.length === 0 ? t("chip.addDimension") : ""} icon="plus">
          {(close) => (
            <Picker
              label={t("chip.addDimension")}
              options={dimensionOptions.filter((o) => !ask.by.includes(o.value))}
              value=""
              onChange={(next) => {
                change({ by: [...ask.by, next], chart: "" });
                close();
              }}
            />
          )}
        </EditChip>
        {ask.by.length > 0 && (
          <EditChip kind={t("chip.top")} text={top === 0 ? t("chip.all") : t("chip.topN", { n: top })} trouble={trouble("top")}>
            {(close) => (
              <Choices
                value={String(top)}
                options={[5, usualTop, 20, 50, 0].map((n) => ({ value: String(n), label: n === 0 ? t("chip.all") : t("chip.topN", { n }) }))}
                onChoose={(n) => {
                  change({ top: Number(n) });
                  close();
                }}
              />
            )}
          </EditChip>
        )}
      </div>
      <div className={styles["chipRow"]}>
        <span className={styles["chipLabel"]}>{t("filters")}</span>
        {ask.filters.map((filter, i) => (
          <EditChip key={JSON.stringify(filter)} kind={t("chip.filter")} text={words.filter(filter)} icon="filter" trouble={trouble("filters")} onRemove={() => change({ filters: without(ask.filters, i) })} removeLabel={t("removeThis", { name: words.filter(filter) })}>
            {(close) => (
              <FilterEditor
                value={filter}
                dimensions={dimensions}
                metrics={ask.metrics}
                words={words}
                onDone={(next) => {
                  setFilter(i, next);
                  close();
                }}
              />
            )}
          </EditChip>
        ))}
        <EditChip key={`add-${ask.filters.length}`} kind={t("chip.addFilter")} text={ask.filters.length === 0 ? t("chip.addFilter") : ""} icon="plus">
          {(close) => (
            <FilterEditor
              value={null}
              dimensions={dimensions}
              metrics={ask.metrics}
              words={words}
              onDone={(next) => {
                change({ filters: [...ask.filters, next] });
                close();
              }}
            />
          )}
        </EditChip>
      </div>
      <div className={styles["chipRow"]}>
        <span className={styles["chipLabel"]}>{t("timeLabel")}</span>
        <EditChip kind={t("timeLabel")} text={words.time(ask.time, ask.grain)} icon="clock" trouble={trouble("time")}>
          {(close) => (
            <TimeEditor
              value={ask.time}
              grain={ask.grain}
              words={words}
              onDone={(time) => {
                change({ time });
                close();
              }}
            />
          )}
        </EditChip>
        <EditChip kind={t("chip.compare")} text={ask.compare === "" || ask.time === "all" ? t("compare.none") : t(`compare.${ask.compare}`)} trouble={trouble("compare")}>
          {(close) => (
            <Choices
              value={ask.compare}
              options={["", ...comparisons].map((c) => ({ value: c, label: t(`compare.${c || "none"}`) }))}
              onChoose={(compare) => {
                change({ compare });
                close();
              }}
            />
          )}
        </EditChip>
      </div>
    </div>
  );
}
