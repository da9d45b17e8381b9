import { useTranslation } from "react-i18next";
import type { Judgement, Text } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatChange, formatDelta, formatExact, formatValue, NO_VALUE, type Measure } from "@/lib/number";
import { useToast } from "./Toast";
import { Tooltip } from "./Tooltip";
import styles from "./surface.module.css";

interface NumProps extends Measure {
  value: number | null | undefined;
  /** Why there is no value; shown on hover of the dash. */
  reason?: Text | string | null;
}

/** A value with its unit, short; in full on hover, copied in full on double click. */
export function Num({ value, reason, ...measure }: NumProps) {
  const { t } = useTranslation();
  const { lang, pick } = useText();
  const say = useToast();
  if (value === null || value === undefined) {
    return (
      <Tooltip text={pick(reason, t("noValue.noData"))} focusable>
        <span className={styles["reason"]}>{NO_VALUE}</span>
      </Tooltip>
    );
  }
  const short = formatValue(value, measure, lang);
  const full = formatExact(value, measure, lang);
  return (
    <span
      className={styles["num"]}
      title={full === short ? undefined : full}
      onDoubleClick={() => {
        void navigator.clipboard?.writeText(String(value)).then(() => say(t("copied")));
      }}
    >
      {short}
    </span>
  );
}

interface ChangeProps extends Measure {
  change: number | null;
  rate: number | null;
  judgement: Judgement;
}

/** ▲ or ▼ with how much; coloured by whether that is good. */
export function Change({ change, rate, judgement, ...measure }: ChangeProps) {
  const { t } = useTranslation();
  const { lang } = useText();
  if (change === null) return <span className={styles["change"]} data-judgement="none">{NO_VALUE}</span>;
  const sign = change > 0 ? "▲" : change < 0 ? "▼" : "＝";
  const words = change > 0 ? t("change.up") : change < 0 ? t("change.down") : t("change.flat");
  return (
    <span className={styles["change"]} data-judgement={judgement} title={formatDelta(change, measure, lang)}>
      <span aria-hidden="true">{sign}</span>
      <span className="sr-only">{words} </span>
      {formatChange(change, rate, measure, lang)}
      {(judgement === "good" || judgement === "bad") && <span className="sr-only"> {t(`judgement.${judgement}`)}</span>}
    </span>
  );
}

/** Whether a change is good, by the direction that is wanted. */
export function judge(change: number | null, direction: string | undefined): Judgement {
  if (change === null || direction === undefined || direction === "") return "none";
  if (change === 0) return "flat";
  return change > 0 === (direction === "up") ? "good" : "bad";
}
