import { useTranslation } from "react-i18next";
import { useChanges } from "@/api/hooks";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { dayIn, formatInstant } from "@/lib/date";

/** The days on which the definition of a metric, or what it rests on, was changed so that numbers may have moved. */
export function useBreaks(metric: string, zone: string): { time: string; text: string }[] {
  const { t } = useTranslation();
  const { lang, pick } = useText();
  const actorName = useActor();
  const changes = useChanges(`Metric/${metric}`);
  return (changes.data ?? [])
    .filter((c) => c.moves)
    .map((c) => ({ time: dayIn(c.at, zone), text: t(c.own ? "chart.changed" : "chart.changedBeneath", { name: pick(c.title, c.name), at: formatInstant(c.at, zone, lang), by: actorName(c.author) }) }));
}
