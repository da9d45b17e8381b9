import { useTranslation } from "react-i18next";
import type { Freshness, GuardrailState, NodeState } from "@/api/types";
import { Sparkline } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatValue } from "@/lib/number";
import { Change, Chip, judge, Tooltip, type Tone } from "@/ui";
import { seriesOf } from "./late";
import styles from "./northstar.module.css";

const tones: Record<GuardrailState["state"], Tone> = { ok: "good", watch: "watch", unhealthy: "bad", unknown: "neutral" };

/** The late data that a guardrail's number rests on, on which nobody can judge. */
function lateFreshness(guardrail: GuardrailState, nodes: readonly NodeState[]): Freshness | undefined {
  return nodes.find((n) => n.metric === guardrail.metric && n.freshness.late === true)?.freshness;
}

/** What must hold while the North Star grows. */
export function Guardrails({ guardrails, nodes, onOpen }: { guardrails: readonly GuardrailState[]; nodes: readonly NodeState[]; onOpen: (metric: string) => void }) {
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
          const freshness = lateFreshness(g, nodes);
          const late = g.late;
          const change = g.value === null || g.previous === null ? null : g.value - g.previous;
          return (
            <li key={`${g.metric}${i}`}>
              <button type="button" className={styles["guard"]} data-state={late ? "late" : g.state} onClick={() => onOpen(g.metric)}>
                <span className={styles["guardHead"]}>
                  <span className={styles["guardName"]} title={name}>
                    {name}
                  </span>
                  <Tooltip text={pick(g.evidence)}>
                    {late ? <Chip icon="clock">{t("late")}</Chip> : <Chip tone={tones[g.state]}>{t(`guard.${g.state}`)}</Chip>}
                  </Tooltip>
                </span>
                <span className={styles["guardBody"]}>
                  <strong>{formatValue(g.value, g, lang)}</strong>
                  <Change change={change} rate={g.changeRate} judgement={late ? "none" : judge(change, g.direction)} unit={g.unit} format={g.format} />
                  <Sparkline points={freshness === undefined ? g.series : seriesOf({ freshness, series: g.series })} width={88} height={28} label="" />
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
