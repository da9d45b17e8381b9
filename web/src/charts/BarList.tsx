import { useText } from "@/i18n/useText";
import { formatShare, formatValue, type Measure } from "@/lib/number";
import { extent } from "./scale";
import styles from "./charts.module.css";

export interface BarItem {
  key: string;
  name: string;
  value: number | null;
  share?: number | null;
  /** Others: not one thing, so it gets no bar beside those that are. */
  rest?: boolean;
  onOpen?: () => void;
}

/** Names with a bar each, from zero; the caller sorts. */
export function BarList({ items, measure }: { items: readonly BarItem[]; measure: Measure }) {
  const { lang } = useText();
  const range = extent([0, ...items.map((i) => (i.rest === true ? null : i.value))]) ?? { min: 0, max: 1 };
  const span = range.max - range.min || 1;
  const place = (v: number) => ((v - range.min) / span) * 100;
  return (
    <div className={styles["waterfall"]}>
      {items.map((item) => {
        const body = (
          <>
            <span className={styles["rowName"]}>
              <span title={item.name}>{item.name}</span>
            </span>
            <span className={styles["bars"]} aria-hidden="true">
              {item.value !== null && item.rest !== true && <span className={styles["bar"]} data-tone="total" style={{ left: `${place(Math.min(0, item.value))}%`, width: `${place(Math.max(0, item.value)) - place(Math.min(0, item.value))}%` }} />}
            </span>
            <span className={styles["amount"]}>
              {formatValue(item.value, measure, lang)}
              {item.share !== undefined && item.share !== null && <small>{formatShare(item.share, lang)}</small>}
            </span>
          </>
        );
        return item.onOpen === undefined ? (
          <div key={item.key} className={styles["row"]}>
            {body}
          </div>
        ) : (
          <button key={item.key} type="button" className={styles["row"]} onClick={item.onOpen}>
            {body}
          </button>
        );
      })}
    </div>
  );
}
