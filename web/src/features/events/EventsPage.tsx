import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useReport, type EventReport } from "@/api/events";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Card, Chip, Empty, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, TabPanel, Tabs } from "@/ui";
import { EventList } from "./EventList";
import { Proposals } from "./Proposals";
import { Quarantine } from "./Quarantine";
import styles from "./events.module.css";

/** One line: how many events, how many of them need somebody. */
function Summary({ report }: { report: EventReport }) {
  const { t } = useTranslation("events");
  const { lang } = useText();
  const planned = report.events.filter((e) => e.planned);
  const unplanned = report.events.filter((e) => !e.planned && !e.system).length;
  const ill = report.events.filter((e) => e.state !== "ok");
  const metrics = new Set(ill.flatMap((e) => e.metrics));
  const open = report.events.reduce((sum, e) => sum + e.open, 0);
  return (
    <span className={styles["chips"]}>
      <span>
        {t("planned", { count: planned.length })} · {t("attend", { count: planned.filter((e) => e.state !== "ok").length })}
      </span>
      {unplanned > 0 && <Link to="/data/events?tab=proposals">{t("outside", { count: unplanned })}</Link>}
      {metrics.size > 0 && <Chip tone="watch">{t("distorts", { count: metrics.size })}</Chip>}
      {open > 0 && <Link to="/data/events?tab=quarantine">{t("waiting", { n: formatFull(open, lang) })}</Link>}
    </span>
  );
}

/** The tracking plan: what is reported, whether it keeps the plan, and what suffers when it does not. */
export function EventsPage() {
  const { t } = useTranslation("events");
  const editor = useCan("editor");
  const admin = useCan("admin");
  const report = useReport();
  const [asked, setTab] = useUrlState("tab");
  useTitle(t("title"));
  const tabs = editor ? (["plan", "quarantine", "proposals"] as const) : (["plan", "quarantine"] as const);
  const tab = tabs.find((name) => name === asked) ?? "plan";
  const keys = admin ? (
    <LinkButton icon="link" to="/data/write-keys">
      {t("keys")}
    </LinkButton>
  ) : undefined;
  return (
    <Page>
      <PageHead
        title={t("title")}
        lead={(report.data?.events ?? []).length === 0 ? t("lead") : report.data !== undefined && <Summary report={report.data} />}
        actions={
          editor ? (
            <>
              {keys}
              <LinkButton variant="primary" icon="plus" to="/data/new-event">
                {t("new")}
              </LinkButton>
            </>
          ) : undefined
        }
      />
      {report.data?.progress.failing !== undefined && <Notice tone="bad">{t("failing", { why: report.data.progress.failing })}</Notice>}
      <Tabs label={t("tabs")} tabs={tabs.map((key) => ({ key, label: t(`tab.${key}`) }))} value={tab} onChange={(key) => setTab(key === "plan" ? "" : key)} />
      <TabPanel id={tab}>
        {tab === "plan" && (
          <Loaded query={report} skeleton={<Skeleton height={320} />}>
            {(r) =>
              r.events.length === 0 ? (
                <Card>
                  <Empty icon="list" title={t("empty")} action={keys}>
                    {t(editor ? "emptyText" : "emptyViewer")}
                  </Empty>
                </Card>
              ) : (
                <EventList events={r.events} />
              )
            }
          </Loaded>
        )}
        {tab === "quarantine" && <Quarantine />}
        {tab === "proposals" && <Proposals />}
      </TabPanel>
    </Page>
  );
}
