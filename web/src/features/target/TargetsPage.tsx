import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import type { MetricSpec, TargetSpec } from "@/api/types";
import { useCan } from "@/app/session";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { useTitle } from "@/lib/title";
import { Card, Chip, Empty, LinkButton, Loaded, Page, PageHead, Table } from "@/ui";

/** Every target of the workspace. */
export function TargetsPage() {
  const { t } = useTranslation("target");
  const { lang, pick } = useText();
  const actorName = useActor();
  const editor = useCan("editor");
  const targets = useResources<TargetSpec>("targets");
  const metrics = useResources<MetricSpec>("metrics");
  const metricTitle = (name: string) => pick(metrics.data?.find((m) => m.metadata.name === name)?.metadata.title, name);
  useTitle(t("list.title"));
  const create = editor ? (
    <LinkButton variant="primary" icon="plus" to="/targets/new-target">
      {t("list.create")}
    </LinkButton>
  ) : undefined;
  return (
    <Page>
      <PageHead title={t("list.title")} lead={t("list.lead")} actions={create} />
      <Card>
        <Loaded query={targets}>
          {(items) =>
            items.length === 0 ? (
              <Empty icon="target" title={t("list.empty")} action={create}>
                {t("list.emptyText")}
              </Empty>
            ) : (
              <Table
                label={t("list.title")}
                rows={items}
                rowKey={(r) => r.metadata.name}
                columns={[
                  {
                    key: "name",
                    title: t("list.name"),
                    head: true,
                    sort: (r) => pick(r.metadata.title, r.metadata.name),
                    cell: (r) => (
                      <>
                        <Link to={`/targets/${encodeURIComponent(r.metadata.name)}`}>{pick(r.metadata.title, r.metadata.name)}</Link> {r.state === "quarantined" && <Chip tone="bad">{t("list.quarantined")}</Chip>}
                      </>
                    ),
                  },
                  { key: "metric", title: t("metric"), cell: (r) => <Link to={`/metrics/${encodeURIComponent(r.spec.metric)}`}>{metricTitle(r.spec.metric)}</Link> },
                  { key: "period", title: t("period"), cell: (r) => t(`grain.${r.spec.period}`) },
                  { key: "count", title: t("list.count"), end: true, cell: (r) => Object.keys(r.spec.values).length },
                  { key: "changed", title: t("list.changed"), cell: (r) => `${formatAgo(r.updatedAt, lang)} · ${actorName(r.author)}` },
                ]}
              />
            )
          }
        </Loaded>
      </Card>
    </Page>
  );
}
