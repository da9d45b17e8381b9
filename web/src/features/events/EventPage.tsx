import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { useReport, type Chain, type EventHealth } from "@/api/events";
import { useResource, useResources } from "@/api/hooks";
import type { Resource, Text } from "@/api/types";
import { useCan } from "@/app/session";
import { DefinitionEditor, DeleteDefinition } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { formatFull, formatShare } from "@/lib/number";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Card, Chip, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, Table, TabPanel, Tabs } from "@/ui";
import { DayBars } from "./DayBars";
import { NoEvent } from "./NoEvent";
import { pageOf, StateChip } from "./EventList";
import styles from "./events.module.css";
import type { EventSpec, Property } from "./types";

/** A property by its title, with the name that is sent. */
function PropertyName({ name, of }: { name: string; of: Resource<EventSpec> | undefined }) {
  const { pick } = useText();
  const title = pick(of?.spec.properties?.find((p) => p.name === name)?.title);
  return (
    <>
      {title} <code>{name}</code>
    </>
  );
}

/** What a property must be, in a few words. */
function useRule(): (p: Property) => string {
  const { t } = useTranslation("events");
  const { lang } = useText();
  return (p) =>
    [
      p.values === undefined ? "" : t("rule.values", { values: p.values.join(", ") }),
      p.min === undefined ? "" : `≥ ${formatFull(p.min, lang)}`,
      p.max === undefined ? "" : `≤ ${formatFull(p.max, lang)}`,
      p.pattern === undefined ? "" : t("rule.pattern", { pattern: p.pattern }),
    ]
      .filter((s) => s !== "")
      .join(" · ");
}

function Properties({ definition, event }: { definition: Resource<EventSpec>; event: EventHealth }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const rule = useRule();
  const broken = (name: string) => event.violations.filter((v) => v.property === name).reduce((sum, v) => sum + v.n, 0);
  const rows = definition.spec.properties ?? [];
  return (
    <Card title={t("properties")}>
      <p className={styles["chips"]}>
        <span className={styles["muted"]}>{t(`unknown.${definition.spec.onUnplanned ?? "keep"}`)}</span>
        <span className={styles["muted"]}>{t(`broken.${definition.spec.onViolation ?? "quarantine"}`)}</span>
        {(definition.spec.ids ?? []).length > 0 && <span className={styles["muted"]}>{t("carries", { ids: (definition.spec.ids ?? []).join(", ") })}</span>}
      </p>
      {rows.length > 0 && (
        <Table
          label={t("properties")}
          rows={rows}
          rowKey={(p) => p.name}
          columns={[
            { key: "name", title: t("col.property"), head: true, cell: (p) => <>{pick(p.title, p.name)} {p.required === true && <Chip>{t("required")}</Chip>} {p.entity !== undefined && <Chip tone="accent">{t("identifies", { kind: p.entity })}</Chip>}</> },
            { key: "sent", title: t("col.sent"), cell: (p) => <code>{p.source ?? p.name}</code> },
            { key: "type", title: t("col.type"), cell: (p) => t(`type.${p.type}`) },
            { key: "rule", title: t("col.rule"), cell: (p) => <div className={styles["why"]}>{rule(p)}</div> },
            { key: "broken", title: t("col.broken"), end: true, sort: (p) => broken(p.name), cell: (p) => formatFull(broken(p.name), lang) },
          ]}
        />
      )}
    </Card>
  );
}

function Chains({ chains, titles }: { chains: Chain[]; titles: ReadonlyMap<string, Text> }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  return (
    <Card title={t("chains")}>
      <ul className={styles["list"]}>
        {chains.map((c) => (
          <li key={`${c.after}>${c.event}`}>
            <Link to={pageOf(c.after)}>{pick(titles.get(c.after), c.after)}</Link> → <Link to={pageOf(c.event)}>{pick(titles.get(c.event), c.event)}</Link>{t("colon")}{c.share === undefined ? t("chainNone") : t("chain", { share: formatShare(c.share, lang), took: formatFull(c.took, lang) })}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Impact({ event }: { event: EventHealth }) {
  const { t } = useTranslation("events");
  const { pick } = useText();
  const metrics = useResources("metrics");
  const targets = useResources("targets", event.targets.length > 0);
  const called = (all: typeof metrics, name: string) => pick(all.data?.find((x) => x.metadata.name === name)?.metadata.title, name);
  return (
    <Card title={t("impact")}>
      <ul className={styles["list"]}>
        {event.metrics.map((m) => (
          <li key={m}>
            {t("metric")} <Link to={`/metrics/${encodeURIComponent(m)}`}>{called(metrics, m)}</Link>
          </li>
        ))}
        {event.targets.map((m) => (
          <li key={m}>
            {t("target")} <Link to={`/targets/${encodeURIComponent(m)}`}>{called(targets, m)}</Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Health({ event, chains, titles, definition }: { event: EventHealth; chains: Chain[]; titles: ReadonlyMap<string, Text>; definition: Resource<EventSpec> | undefined }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  return (
    <div className={styles["stack"]}>
      {event.why.length > 0 && (
        <Notice tone={event.state === "bad" ? "bad" : "watch"}>
          {event.why.map((w) => (
            <p key={w.code}>{pick(w.text)}</p>
          ))}
          {event.open > 0 && <Link to={`/data/events?tab=quarantine&event=${encodeURIComponent(event.name)}`}>{t("toQuarantine")}</Link>}
        </Notice>
      )}
      <Card title={t("byDay")}>
        <DayBars days={event.days} tall />
        <p className={styles["chips"]}>
          <span>{t("received", { count: event.received, n: formatFull(event.received, lang) })}</span>
          <span className={styles["swatch"]}>{t("stored", { n: formatFull(event.stored, lang) })}</span>
          <span className={styles["swatch"]} data-bad>{t("aside", { n: formatFull(event.quarantined, lang) })}</span>
          {event.duplicates > 0 && <span className={styles["muted"]}>{t("duplicates", { n: formatFull(event.duplicates, lang) })}</span>}
        </p>
      </Card>
      {event.violations.length > 0 && (
        <Card title={t("violations")}>
          <Table
            label={t("violations")}
            rows={event.violations}
            rowKey={(v) => `${v.kind} ${v.property}`}
            columns={[
              { key: "kind", title: t("col.kind"), head: true, cell: (v) => t(`kind.${v.kind}`) },
              { key: "property", title: t("col.property"), cell: (v) => <PropertyName name={v.property} of={definition} /> },
              { key: "n", title: t("col.messages"), end: true, sort: (v) => v.n, cell: (v) => formatFull(v.n, lang) },
            ]}
          />
        </Card>
      )}
      {definition !== undefined && <Properties definition={definition} event={event} />}
      {chains.length > 0 && <Chains chains={chains} titles={titles} />}
      {event.metrics.length > 0 && <Impact event={event} />}
    </div>
  );
}

const views = ["health", "code"] as const;

function Body({ event, chains, titles }: { event: EventHealth; chains: Chain[]; titles: ReadonlyMap<string, Text> }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const editor = useCan("editor");
  // Calls, and what is not in the plan, have no definition.
  const definition = useResource<EventSpec>("events", event.planned ? event.name : undefined);
  const [asked, setView] = useUrlState("tab");
  const view = (event.planned && views.find((v) => v === asked)) || "health";
  const title = pick(event.title, event.name);
  return (
    <>
      <PageHead
        title={
          <>
            {title} {title !== event.name && <code className={styles["muted"]}>{event.name}</code>}
          </>
        }
        lead={
          <span className={styles["chips"]}>
            <StateChip event={event} />
            {event.key && <Chip tone="accent">{t("key")}</Chip>}
            {event.owner !== "" && <span>{t("owner", { name: event.owner })}</span>}
            <span>{event.last === undefined ? t("never") : t("lastAt", { ago: formatAgo(event.last, lang) })}</span>
          </span>
        }
        actions={
          editor && event.planned ? (
            <>
              <LinkButton variant="primary" icon="edit" to={`${pageOf(event.name)}/edit`}>
                {t("change")}
              </LinkButton>
              {definition.data !== undefined && <DeleteDefinition plural="events" resource={definition.data} text={t("deleteText")} to="/data/events" />}
            </>
          ) : undefined
        }
      />
      {event.planned ? (
        <>
          <Tabs label={t("views")} tabs={views.map((key) => ({ key, label: t(`view.${key}`) }))} value={view} onChange={(key) => setView(key === "health" ? "" : key)} />
          <TabPanel id={view}>{view === "code" ? <DefinitionEditor key={definition.data?.revision} kind="Event" plural="events" name={event.name} /> : <Health event={event} chains={chains} titles={titles} definition={definition.data} />}</TabPanel>
        </>
      ) : (
        <Health event={event} chains={chains} titles={titles} definition={undefined} />
      )}
    </>
  );
}

/** One event: how it does, what breaks its plan, and what rests on it. */
export function EventPage() {
  const { name = "" } = useParams();
  const { pick } = useText();
  const report = useReport();
  const found = report.data?.events.find((e) => e.name === name);
  useTitle(pick(found?.title, name));
  return (
    <Page>
      <Loaded query={report} skeleton={<Skeleton height={320} />}>
        {(r) => (found === undefined ? <NoEvent name={name} /> : <Body event={found} chains={r.chains.filter((c) => c.event === name || c.after === name)} titles={new Map(r.events.map((e) => [e.name, e.title]))} />)}
      </Loaded>
    </Page>
  );
}
