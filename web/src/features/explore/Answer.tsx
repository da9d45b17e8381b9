import { useTranslation } from "react-i18next";
import type { Cell, Grain, MetricSpec, QueryResult, Resource } from "@/api/types";
import { BarList, ChartFrame, HeatMap, LinesChart, TrendChart } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatShare, formatValue } from "@/lib/number";
import { Change, judge, Num, Segmented, Select } from "@/ui";
import type { Mark } from "./mark";
import { outputsOf } from "./option";
import { addsUp, gridOf, numberOf, placesOf, shapesOf, type Shape } from "./shape";
import type { Ask } from "./state";
import type { Words } from "./words";
import styles from "./explore.module.css";

interface Props {
  ask: Ask;
  change: (part: Partial<Ask>) => void;
  result: QueryResult;
  metrics: readonly Resource<MetricSpec>[];
  words: Words;
  onMark: (mark: Mark) => void;
}

const widest = 24; // columns or rows of a grid

/** One number per metric. */
function Values({ ask, result, metrics, words }: Pick<Props, "ask" | "result" | "metrics" | "words">) {
  const { t } = useTranslation("explore");
  const at = (name: string) => numberOf(result.rows[0]?.[result.columns.findIndex((c) => c.name === name)]);
  return (
    <div className={styles["tiles"]}>
      {ask.metrics.map((name) => {
        const measure = result.columns.find((c) => c.name === name) ?? {};
        const change = at(`${name}__change`);
        return (
          <div key={name}>
            <h3>{words.metric(name)}</h3>
            <p className={styles["big"]}>
              <Num value={at(name)} {...measure} reason={t("noData")} />
            </p>
            {ask.compare !== "" && <Change change={change} rate={at(`${name}__change_rate`)} judgement={judge(change, metrics.find((m) => m.metadata.name === name)?.spec.direction)} {...measure} />}
          </div>
        );
      })}
    </div>
  );
}

/** Which value is drawn: side by side while there are few, with short names. */
function Which(props: { label: string; value: string; options: { value: string; label: string }[]; onChange: (value: string) => void }) {
  const { label, value, options, onChange } = props;
  if (options.length <= 3 && options.every((o) => o.label.length <= 20)) return <Segmented {...props} />;
  return <Select aria-label={label} value={value} options={options} onChange={(e) => onChange(e.target.value)} />;
}

/** The chart that fits the shape of the answer. */
export function Answer({ ask, change, result, metrics, words, onMark }: Props) {
  const { t } = useTranslation("explore");
  const { lang } = useText();
  const shapes = shapesOf(ask);
  const places = placesOf(result, ask);
  const outputs = outputsOf(ask);
  const shown = outputs.includes(ask.shown) ? ask.shown : (outputs[0] ?? "");
  const column = places.at(shown);
  const measure = result.columns[column] ?? {};
  const total = numberOf(result.totals?.[0]?.[column]);
  const additive = addsUp([...result.rows, ...(result.others ?? [])].map((row) => numberOf(row[column])), total);
  const usable = shapes.filter((s) => s !== "stacked" || additive);
  const shape: Shape = usable.find((s) => s === ask.chart) ?? usable[0] ?? "table";
  if (shape === "values") return <Values ask={ask} result={result} metrics={metrics} words={words} />;
  if (shape === "table") return null;

  const grain: Grain = ask.grain === "" ? "day" : ask.grain;
  const dims = ask.by.map(words.dimension).join(" × ");
  const title = ask.by.length === 0 ? t("chart.overTime", { metric: words.output(shown, ask) }) : t("chart.by", { metric: words.output(shown, ask), dimension: dims });
  const fileName = [shown, ...ask.by].join("-");
  const actions = (
    <>
      {outputs.length > 1 && shape !== "line" && <Which label={t("chart.which")} value={shown} options={outputs.map((m) => ({ value: m, label: words.output(m, ask) }))} onChange={(v) => change({ shown: v })} />}
      {usable.length > 1 && <Segmented label={t("chart.kind")} value={shape} onChange={(v) => change({ chart: v === usable[0] ? "" : v })} options={usable.map((s) => ({ value: s, label: t(`shape.${s}`) }))} />}
    </>
  );

  if (shape === "line") {
    return (
      <div className={styles["multiples"]}>
        {outputs.map((name) => {
          const value = places.at(name);
          const before = places.at(`${name}__previous`);
          return (
            <TrendChart
              key={name}
              title={before < 0 ? t("chart.overTime", { metric: words.output(name, ask) }) : t("chart.compared", { metric: words.output(name, ask) })}
              grain={grain}
              measure={result.columns[value] ?? {}}
              fileName={name}
              points={result.rows.map((row, i) => ({ time: String(row[places.time] ?? ""), value: numberOf(row[value]), previous: before < 0 ? undefined : numberOf(row[before]), incomplete: result.incomplete === true && i === result.rows.length - 1 }))}
              height={outputs.length > 1 ? 200 : 280}
            />
          );
        })}
      </div>
    );
  }

  if (shape === "bars") {
    const d = places.dims[0] ?? 0;
    const items = result.rows.map((row, i) => {
      const value = row[d] ?? null;
      return { key: `${i}`, name: words.member(value), value: numberOf(row[column]), share: additive && total !== null ? (numberOf(row[column]) ?? 0) / total : null, onOpen: () => onMark({ members: [{ dimension: ask.by[0] ?? "", value }], time: "" }) };
    });
    const sorted = ask.order === "" ? items.toSorted((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity)) : items;
    const rest = result.others?.[0] === undefined ? [] : [{ key: "others", name: t("others"), rest: true, value: numberOf(result.others[0][column]), share: additive && total !== null ? (numberOf(result.others[0][column]) ?? 0) / total : null }];
    const all = [...sorted, ...rest];
    return (
      <ChartFrame
        title={title}
        fileName={fileName}
        actions={actions}
        summary={t("chart.barsSummary", { count: sorted.length, name: sorted[0]?.name ?? "", value: formatValue(sorted[0]?.value, measure, lang) })}
        table={{
          columns: [
            { key: "name", title: dims, cell: (r: (typeof all)[number]) => r.name, head: true },
            { key: "value", title: words.output(shown, ask), end: true, cell: (r) => formatValue(r.value, measure, lang) },
            ...(additive ? [{ key: "share", title: t("chart.share"), end: true, cell: (r: (typeof all)[number]) => formatShare(r.share, lang) }] : []),
          ],
          rows: all,
          rowKey: (r) => r.key,
          csv: () => [[dims, words.output(shown, ask), t("chart.share")], ...all.map((r) => [r.name, r.value, r.share])],
        }}
      >
        <BarList items={all.slice(0, 60)} measure={measure} />
      </ChartFrame>
    );
  }

  const timed = ask.grain !== "";
  const x = timed ? places.time : (places.dims[1] ?? 0);
  const grid = gridOf(result.rows, x, places.dims[0] ?? 0, column, timed);
  const nameX = (cell: Cell) => (timed ? words.period(cell, grain) : words.member(cell));
  const markOf = (i: number | null, j: number | null): Mark => ({
    members: [...(j === null ? [] : [{ dimension: ask.by[0] ?? "", value: grid.ys[j] ?? null }]), ...(timed || i === null ? [] : [{ dimension: ask.by[1] ?? "", value: grid.xs[i] ?? null }])],
    time: timed && i !== null ? String(grid.xs[i] ?? "") : "",
  });

  if (shape === "heat" || !timed) {
    return <HeatMap title={title} xs={grid.xs.slice(0, widest).map(nameX)} ys={grid.ys.slice(0, widest).map(words.member)} values={grid.values.slice(0, widest).map((r) => r.slice(0, widest))} measure={measure} fileName={fileName} actions={actions} onOpen={(i, j) => onMark(markOf(i, j))} />;
  }
  const rest = gridOf(result.others ?? [], x, places.dims[0] ?? 0, column, true);
  const series = grid.ys.slice(0, widest).map((member, j) => ({ key: JSON.stringify(member), name: words.member(member), values: grid.values[j] ?? [], onOpen: () => onMark(markOf(null, j)) }));
  const others = rest.ys.length === 0 ? [] : [{ key: "others", name: t("others"), rest: true, values: grid.xs.map((time) => rest.values[0]?.[rest.xs.indexOf(time)] ?? null) }];
  return (
    <LinesChart
      title={title}
      times={grid.xs.map(String)}
      grain={grain}
      series={[...series, ...others]}
      measure={measure}
      fileName={fileName}
      stacked={shape === "stacked"}
      actions={actions}
      onTime={(time) => onMark({ members: [], time })}
    />
  );
}
