import { useTranslation } from "react-i18next";
import type { Day } from "@/api/events";
import { useText } from "@/i18n/useText";
import { formatDay } from "@/lib/date";
import { formatFull } from "@/lib/number";
import styles from "./events.module.css";

/** A bar for each day: what was stored, and on top of it what was set aside. */
export function DayBars({ days, tall }: { days: readonly Day[]; tall?: boolean }) {
  const { t } = useTranslation("events");
  const { lang } = useText();
  const most = Math.max(...days.map((d) => d.received), 1);
  const height = tall === true ? 96 : 28;
  const width = tall === true ? 24 : 7;
  const total = days.reduce((sum, d) => sum + d.received, 0);
  const aside = days.reduce((sum, d) => sum + d.quarantined, 0);
  const first = days[0]?.day;
  const bars = (
    <svg className={styles["bars"]} viewBox={`0 0 ${days.length * width} ${height}`} width={days.length * width} height={height} role="img" aria-label={t("bars", { days: days.length, total: formatFull(total, lang), aside: formatFull(aside, lang) })}>
      {days.map((d, i) => {
        const whole = d.received === 0 ? 1 : Math.max(2, (d.received / most) * height);
        const bad = d.received === 0 ? 0 : whole * Math.min(1, d.quarantined / d.received);
        return (
          <g key={d.day}>
            <title>{t("bar", { day: formatDay(d.day, lang), received: formatFull(d.received, lang), aside: formatFull(d.quarantined, lang) })}</title>
            <rect x={i * width} y={height - whole} width={width - 2} height={whole} data-none={d.received === 0 || undefined} />
            {bad > 0 && <rect x={i * width} y={height - whole} width={width - 2} height={Math.max(1, bad)} data-bad />}
          </g>
        );
      })}
    </svg>
  );
  if (tall !== true || first === undefined) return bars;
  return (
    <figure className={styles["days"]}>
      {bars}
      <figcaption>
        <span>{formatDay(first, lang)}</span>
        <span>{formatDay(days.at(-1)?.day ?? first, lang)}</span>
      </figcaption>
    </figure>
  );
}
