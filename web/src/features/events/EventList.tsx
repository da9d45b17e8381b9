import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { EventHealth } from "@/api/events";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { formatFull, formatShare } from "@/lib/number";
import { Card, Chip, Table, type Tone } from "@/ui";
import { DayBars } from "./DayBars";
import styles from "./events.module.css";

const tones: Record<EventHealth["state"], Tone> = { ok: "good", watch: "watch", bad: "bad" };

export const pageOf = (name: string) => `/data/events/${encodeURIComponent(name)}`;

export function StateChip({ event }: { event: EventHealth }) {
  const { t } = useTranslation("events");
  if (event.received === 0 && event.state === "ok") return <Chip>{t("state.none")}</Chip>;
  return <Chip tone={tones[event.state]}>{t(`state.${event.state}`)}</Chip>;
}

function Marks({ event }: { event: EventHealth }) {
  const { t } = useTranslation("events");
  return (
    <>
      {event.key && <Chip tone="accent">{t("key")}</Chip>}
      {!event.planned && !event.system && <Chip tone="watch">{t("unplanned")}</Chip>}
      {event.system && <Chip>{t("system")}</Chip>}
    </>
  );
}

/** What each event's violations reach. */
function Distorts({ event }: { event: EventHealth }) {
  const { t } = useTranslation("events");
  if (event.metrics.length === 0) return <span className={styles["muted"]}>—</span>;
  return (
    <span>
      {t("restsMetrics", { count: event.metrics.length })}
      {event.targets.length > 0 && ` · ${t("restsTargets", { count: event.targets.length })}`}
    </span>
  );
}

/** Every event with how it does. */
export function EventList({ events }: { events: EventHealth[] }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const last = (e: EventHealth) => (e.last === undefined ? <span className={styles["muted"]}>{t("never")}</span> : <span className={styles["whole"]}>{formatAgo(e.last, lang)}</span>);
  const why = (e: EventHealth) => e.why.map((w) => pick(w.text)).join(lang === "zh-CN" ? "；" : "; ");
  return (
    <Card>
      <Table
        label={t("list")}
        rows={events}
        rowKey={(e) => e.name}
        item={(e) => (
          <>
            <p className={styles["chips"]}>
              <Link to={pageOf(e.name)}>
                <strong>{pick(e.title, e.name)}</strong>
              </Link>
              <StateChip event={e} /> <Marks event={e} />
            </p>
            <p>
              <DayBars days={e.days} />
            </p>
            <p>
              {t("received", { count: e.received, n: formatFull(e.received, lang) })} · {last(e)}
            </p>
            {e.why.length > 0 && <p className={styles["muted"]}>{why(e)}</p>}
          </>
        )}
        columns={[
          {
            key: "name",
            title: t("col.name"),
            head: true,
            sort: (e) => pick(e.title, e.name),
            cell: (e) => (
              <div className={styles["name"]}>
                <Link to={pageOf(e.name)}>{pick(e.title, e.name)}</Link> <Marks event={e} />
                {pick(e.title, e.name) !== e.name && <small className={styles["muted"]}>{e.name}</small>}
              </div>
            ),
          },
          { key: "state", title: t("col.state"), sort: (e) => ["bad", "watch", "ok"].indexOf(e.state), cell: (e) => <StateChip event={e} /> },
          { key: "days", title: t("col.days"), cell: (e) => <DayBars days={e.days} /> },
          { key: "received", title: t("col.received"), end: true, sort: (e) => e.received, cell: (e) => formatFull(e.received, lang) },
          { key: "kept", title: t("col.kept"), end: true, sort: (e) => (e.received === 0 ? null : e.stored / e.received), cell: (e) => (e.received === 0 ? "—" : formatShare(Math.min(1, e.stored / e.received), lang)) },
          { key: "open", title: t("col.open"), end: true, sort: (e) => e.open, cell: (e) => (e.open === 0 ? "0" : <Link to={`/data/events?tab=quarantine&event=${encodeURIComponent(e.name)}`}>{formatFull(e.open, lang)}</Link>) },
          { key: "last", title: t("col.last"), sort: (e) => e.last, cell: last },
          { key: "rests", title: t("col.rests"), sort: (e) => e.metrics.length, cell: (e) => <Distorts event={e} /> },
          { key: "why", title: t("col.why"), cell: (e) => <div className={styles["why"]}>{why(e)}</div> },
        ]}
      />
    </Card>
  );
}
