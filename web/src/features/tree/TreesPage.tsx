import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import type { MetricSpec, TreeSpec } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { useTitle } from "@/lib/title";
import { Card, Chip, Empty, LinkButton, Loaded, Page, PageHead, Table } from "@/ui";

/** Every metric tree of the workspace. */
export function TreesPage() {
  const { t } = useTranslation("tree");
  const { lang, pick } = useText();
  const actorName = useActor();
  const home = useSession().workspace.tree;
  const editor = useCan("editor");
  const trees = useResources<TreeSpec>("trees");
  const metrics = useResources<MetricSpec>("metrics");
  const metricTitle = (name: string) => pick(metrics.data?.find((m) => m.metadata.name === name)?.metadata.title, name);
  useTitle(t("list.title"));
  const create = editor ? (
    <LinkButton variant="primary" icon="plus" to="/trees/new-tree">
      {t("list.create")}
    </LinkButton>
  ) : undefined;
  return (
    <Page>
      <PageHead title={t("list.title")} lead={t("list.lead")} actions={create} />
      <Loaded query={trees}>
        {(items) =>
          items.length === 0 ? (
            <Card>
              <Empty icon="tree" title={t("list.empty")} action={create}>
                {t("list.emptyText")}
              </Empty>
            </Card>
          ) : (
            <Card>
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
                        <Link to={`/trees/${encodeURIComponent(r.metadata.name)}`}>{pick(r.metadata.title, r.metadata.name)}</Link> {r.metadata.name === home && <Chip tone="accent">{t("list.home")}</Chip>}
                        {r.state === "quarantined" && <Chip tone="bad">{t("list.quarantined")}</Chip>}
                      </>
                    ),
                  },
                  { key: "root", title: t("root"), cell: (r) => <Link to={`/metrics/${encodeURIComponent(r.spec.root)}`}>{metricTitle(r.spec.root)}</Link> },
                  { key: "period", title: t("period"), cell: (r) => t(`grain.${r.spec.period}`) },
                  { key: "guardrails", title: t("guardrails"), end: true, cell: (r) => r.spec.guardrails?.length ?? 0 },
                  { key: "changed", title: t("list.changed"), cell: (r) => `${formatAgo(r.updatedAt, lang)} · ${actorName(r.author)}` },
                ]}
              />
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}
