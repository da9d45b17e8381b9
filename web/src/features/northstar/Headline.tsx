import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useResource } from "@/api/hooks";
import type { MetricSpec, NodeState, TargetState, TreeState, VerdictState } from "@/api/types";
import { useCan } from "@/app/session";
import { Sparkline } from "@/charts";
import { useText } from "@/i18n/useText";
import { dayIn, formatAgo, formatInstant, formatPeriod, formatRange } from "@/lib/date";
import { formatExact, formatShare, formatValue, valueParts } from "@/lib/number";
import { Change, Chip, DataMark, Dialog, Icon, LinkButton, Tooltip, type Tone } from "@/ui";
import { judgementOf, seriesOf } from "./late";
import styles from "./northstar.module.css";

export const verdictTones: Record<VerdictState, Tone> = { healthy: "good", watch: "watch", unhealthy: "bad", unknown: "neutral" };

function Pace({ target, node, timezone }: { target: TargetState; node: NodeState; timezone: string }) {
  const { t } = useTranslation("northstar");
  const { lang } = useText();
  const share = (v: number | null) => (v === null || target.value === 0 ? 0 : Math.max(0, Math.min(1, v / target.value)) * 100);
  const tones: Record<TargetState["status"], Tone> = { ahead: "good", on_track: "good", at_risk: "watch", behind: "bad", unknown: "neutral" };
  return (
    <div className={styles["pace"]}>
      <p>
        {target.pace === null ? t("pace.unknown") : t("pace.words", { pace: formatShare(target.pace, lang, 0) })} <Chip tone={tones[target.status]}>{t(`status.${target.status}`)}</Chip>
      </p>
      <div className={styles["paceBar"]} role="img" aria-label={t("pace.bar", { actual: formatValue(target.actual, node, lang), target: formatValue(target.value, node, lang) })}>
        <div className={styles["paceFill"]} style={{ width: `${share(target.actual)}%` }} />
        {target.expected !== null && <div className={styles["paceMark"]} style={{ left: `${share(target.expected)}%` }} title={t("pace.expected", { value: formatValue(target.expected, node, lang) })} />}
      </div>
      <p className={styles["small"]}>{t("pace.target", { value: formatExact(target.value, node, lang), period: formatPeriod(dayIn(target.range.from, timezone), target.period, lang) })}</p>
    </div>
  );
}

/** The verdict; a press opens its evidence. */
function Verdict({ state }: { state: TreeState }) {
  const { t } = useTranslation("northstar");
  const { pick } = useText();
  const [open, setOpen] = useState(false);
  const { verdict } = state;
  return (
    <>
      <button type="button" className={styles["plain"]} onClick={() => setOpen(true)} aria-haspopup="dialog">
        <Chip big tone={verdictTones[verdict.state]}>
          {t(`verdict.${verdict.state}`)}
        </Chip>
      </button>
      {open && (
        <Dialog title={t("evidence", { verdict: t(`verdict.${verdict.state}`) })} onClose={() => setOpen(false)}>
          {verdict.reasons.length === 0 ? <p>{t("noReasons")}</p> : null}
          <ul className={styles["reasons"]}>
            {verdict.reasons.map((reason, i) => (
              <li key={i}>{pick(reason.text)}</li>
            ))}
          </ul>
        </Dialog>
      )}
    </>
  );
}

function Freshness({ node, timezone }: { node: NodeState; timezone: string }) {
  const { t } = useTranslation("northstar");
  const { lang } = useText();
  const { loadedAt, dataTo, late } = node.freshness;
  const loaded = formatInstant(loadedAt, timezone, lang);
  if (loaded === "") return null;
  return (
    <Tooltip text={[t("freshness.loaded", { at: loaded }), dataTo === undefined ? "" : t("freshness.dataTo", { at: formatInstant(dataTo, timezone, lang) })].filter(Boolean).join("\n")} focusable>
      <span className={styles["fresh"]} data-late={late || undefined}>
        <Icon name="clock" size={14} />
        {late === true ? t("freshness.late", { at: formatInstant(dataTo, timezone, lang) || loaded }) : t("freshness.ago", { ago: formatAgo(loadedAt, lang) })}
      </span>
    </Tooltip>
  );
}

/** Are we on pace, is it healthy: value, change, pace, verdict, the last 13 periods. */
export function Headline({ state, node, onOpen }: { state: TreeState; node: NodeState; onOpen: () => void }) {
  const { t } = useTranslation("northstar");
  const { lang, pick } = useText();
  const editor = useCan("editor");
  const metric = useResource<MetricSpec>("metrics", node.metric);
  const parts = valueParts(node.value, node, lang);
  const name = pick(node.title, node.metric);
  const missing = node.error ?? node.noValue;
  return (
    <section className={styles["headline"]} aria-label={name}>
      <div className={styles["what"]}>
        <div className={styles["nameRow"]}>
          <h1>
            <button type="button" className={styles["nameButton"]} onClick={onOpen}>
              {name}
            </button>
          </h1>
          <Verdict state={state} />
          <DataMark distrust={node.freshness.distrust} />
        </div>
        <p className={styles["meaning"]}>{pick(metric.data?.metadata.description)}</p>
      </div>
      <div className={styles["now"]}>
        <p className={styles["value"]} title={parts.full}>
          {parts.before !== "" && <small>{parts.before}</small>}
          {parts.number}
          {parts.unit !== "" && <small> {parts.unit}</small>}
        </p>
        {missing !== null ? (
          <p className={styles["small"]}>{pick(missing.text)}</p>
        ) : (
          <p>
            <Change change={node.change} rate={node.changeRate} judgement={judgementOf(node)} unit={node.unit} format={node.format} />{" "}
            <span className={styles["small"]} title={formatRange(state.previous, state.timezone, lang)}>
              {t(`against.${state.period}`)}
            </span>
          </p>
        )}
        {state.incomplete && <p className={styles["small"]}>{t("incomplete")}</p>}
      </div>
      {node.target !== null ? (
        <Pace target={node.target} node={node} timezone={state.timezone} />
      ) : (
        <div className={styles["pace"]}>
          <p className={styles["small"]}>{t("pace.none")}</p>
          {editor && (
            <p>
              <LinkButton small icon="target" to={`/targets/new-target?metric=${encodeURIComponent(node.metric)}`}>
                {t("pace.set")}
              </LinkButton>
            </p>
          )}
        </div>
      )}
      <div className={styles["spark"]}>
        <Sparkline points={seriesOf(node)} width={260} height={72} label={t("sparkLabel", { count: node.series.length, name })} />
        <Freshness node={node} timezone={state.timezone} />
      </div>
    </section>
  );
}
