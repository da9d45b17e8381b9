import { useTranslation } from "react-i18next";
import type { GuardrailState } from "@/api/types";
import { Sparkline } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatValue } from "@/lib/number";
import { Change, Chip, judge, Tooltip, type Tone } from "@/ui";
import styles from "./northstar.module.css";

const tones: Record<GuardrailState["state"], Tone> = { ok: "good", watch: "watch", unhealthy: "bad", unknown: "neutral" };

/** What must hold while the North Star grows. */
export function Guardrails({ guardrails, onOpen }: { guardrails: readonly GuardrailState[]; onOpen: (metric: string) => void }) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  if (guardrails.length === 0) return null;
  return (
    <section aria-labelledby="guardrails">
      <h2 id="guardrails" className={styles["stripTitle"]}>
        {t("guardrails")}
      </h2>
      <ul className={styles["strip"]}>
        {guardrails.map((g, i) => {
          const name = pick(g.title, g.metric);
          const change = g.value === null || g.previous === null ? null : g.value - g.previous;
          return (
            <li key={`${g.metric}${i}`}>
              <button type="button" className={styles["guard"]} data-state={g.state} onClick={() => onOpen(g.metric)}>
                <span className={styles["guardHead"]}>
                  <span className={styles["guardName"]} title={name}>
                    {name}
                  </span>
                  <Tooltip text={pick(g.evidence)}>
                    <Chip tone={tones[g.state]}>{t(`guard.${g.state}`)}</Chip>
                  </Tooltip>
                </span>
                <span className={styles["guardBody"]}>
                  <strong>{formatValue(g.value, g, lang)}</strong>
                  <Change change={change} rate={g.changeRate} judgement={judge(change, g.direction)} unit={g.unit} format={g.format} />
                  <Sparkline points={g.series} width={88} height={28} label="" />
                </span>
                <span className={styles["guardRule"]}>{pick(g.words, g.rule)}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
