import { useText } from "@/i18n/useText";
import { formatDay } from "@/lib/date";
import { formatShare } from "@/lib/number";
import styles from "./assets.module.css";

export type Standing = "good" | "watch" | "bad";

/** A bar for each day, as high as its share. */
export function DayBars({ days, label }: { days: readonly { day: string; share: number; standing: Standing }[]; label: string }) {
  const { lang } = useText();
  return (
    <div className={styles["days"]} role="img" aria-label={label}>
      {days.map(({ day, share, standing }) => (
        <span key={day} data-state={standing} title={`${formatDay(day, lang)} · ${formatShare(share, lang)}`}>
          <i style={{ height: `${Math.max(8, share * 100)}%` }} />
        </span>
      ))}
    </div>
  );
}
