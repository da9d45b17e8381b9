import { useTranslation } from "react-i18next";
import type { Cell, DimensionInfo, Grain, MetricSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { addDays, formatDay, formatDays, formatPeriod } from "@/lib/date";
import { quotePath } from "@/lib/expr";
import { optionName, optionsOf, type Option } from "./option";
import { usualTime, type Ask, type Filter } from "./state";

export interface Words {
  metric: (name: string) => string;
  /** An option of a metric, without the metric. */
  option: (o: Option, grain: Grain | "") => string;
  /** A value of the answer: a metric, or an option with its metric. */
  output: (name: string, ask: Ask) => string;
  dimension: (name: string) => string;
  member: (cell: Cell) => string;
  period: (cell: Cell, grain: Grain) => string;
  filter: (filter: Filter) => string;
  time: (time: string, grain: Grain | "") => string;
}

/** How things are called on this page. */
export function useWords(metrics: readonly Resource<MetricSpec>[], dimensions: readonly DimensionInfo[]): Words {
  const { t } = useTranslation("explore");
  const { lang, pick } = useText();
  const metric = (name: string) => pick(metrics.find((m) => m.metadata.name === name)?.metadata.title, name);
  const dimension = (name: string) => pick(dimensions.find((d) => d.name === name)?.title, name);
  const member = (cell: Cell) => (cell === null || cell === "" ? t("noValue") : typeof cell === "boolean" ? t(cell ? "yes" : "no") : String(cell));
  const option = (o: Option, grain: Grain | "") => (o.kind === "moving" ? t("option.moving", { window: grain === "" ? "" : t(`option.window.${grain}`, { count: o.periods }) }) : t(`option.${o.kind}`));
  return {
    metric,
    option,
    output: (name, ask) => {
      const found = optionsOf(ask).find((o) => optionName(o) === name);
      return found === undefined ? metric(name) : t("option.of", { metric: metric(found.metric), option: option(found, ask.grain) });
    },
    dimension,
    member,
    period: (cell, grain) => (typeof cell === "string" ? formatPeriod(cell.slice(0, 10), grain, lang) : t("noValue")),
    filter: (filter) => {
      const values = filter.values.map(member);
      const few = values.length > 3 ? t("filter.several", { first: values.slice(0, 2).join(t("filter.comma")), count: values.length }) : values.join(t("filter.comma"));
      if (filter.op === "if") return few;
      return t(`filter.words.${filter.op}`, { dimension: dimension(filter.dimension) || quotePath(filter.dimension), values: few });
    },
    time: (time, grain) => {
      const text = time === "" ? usualTime(grain) : time;
      if (text === "all") return t("time.all");
      const [kind, value = ""] = text.split(":");
      if (kind === "last") {
        const [count, step] = value.split(" ");
        return t(`last.${step}`, { count: Number(count) });
      }
      if (kind === "this") return t("time.this", { grain: t(`grain.${value}`) });
      if (kind === "to_date") return t("time.toDate", { grain: t(`grain.${value}`) });
      const [from = "", to = ""] = text.split("..");
      return from === "" ? formatDay(to, lang) : formatDays(from, addDays(to, -1), lang);
    },
  };
}
