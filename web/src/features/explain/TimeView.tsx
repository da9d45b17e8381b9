import { useTranslation } from "react-i18next";
import { useRun } from "@/api/hooks";
import type { Explanation, Grain } from "@/api/types";
import { Waterfall, type Step } from "@/charts";
import { useText } from "@/i18n/useText";
import { addPeriods, dayIn, formatPeriod } from "@/lib/date";
import { Loaded, Notice, Skeleton } from "@/ui";

const periods = 8;

/** The way here: the change of each of the last periods. */
export function TimeView({ explanation, where, period, timezone }: { explanation: Explanation; where: string; period: Grain; timezone: string }) {
  const { t } = useTranslation("explain");
  const { lang } = useText();
  const now = dayIn(explanation.to.from, timezone);
  const query = useRun({
    metrics: [explanation.metric],
    by: [{ time: period }],
    where: where || undefined,
    time: { from: addPeriods(now, period, -periods), to: dayIn(explanation.to.to, timezone) },
    fill: true,
    timezone,
  });
  return (
    <Loaded query={query} skeleton={<Skeleton height={220} />}>
      {(result) => {
        const points = result.rows.flatMap((row) => (typeof row[0] === "string" && typeof row[1] === "number" ? [{ time: row[0].slice(0, 10), value: row[1] }] : []));
        const first = points[0];
        const last = points.at(-1);
        if (first === undefined || last === undefined || points.length < 2) return <Notice>{t("tooShort")}</Notice>;
        const steps: Step[] = points.slice(1).map((p, i) => ({
          key: p.time,
          name: formatPeriod(p.time, period, lang),
          contribution: p.value - (points[i]?.value ?? 0),
          share: null,
        }));
        return (
          <Waterfall
            title={t("overTime")}
            from={{ name: formatPeriod(first.time, period, lang), value: first.value }}
            to={{ name: t("now"), value: last.value }}
            steps={steps}
            measure={explanation}
            direction={explanation.direction}
            fileName={`${explanation.metric}-periods`}
          />
        );
      }}
    </Loaded>
  );
}
