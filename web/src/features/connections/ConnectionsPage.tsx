import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Card, Chip, Empty, LinkButton, Loaded, Page, PageHead, Skeleton, Table } from "@/ui";
import type { ConnectionSpec, SourceSpec } from "./types";

const hosts = (spec: ConnectionSpec) => (Array.isArray(spec["hosts"]) ? spec["hosts"].join(", ") : undefined);

export const place = (spec: ConnectionSpec) => [spec["host"], spec["url"], hosts(spec), spec["bucket"], spec["path"]].find((v) => typeof v === "string" && v !== "") as string | undefined;

/** How many datasets read each connection. */
function readers(datasets: Resource<DatasetSpec>[]): Map<string, number> {
  const out = new Map<string, number>();
  for (const d of datasets) {
    const name = (d.spec.source as SourceSpec | undefined)?.connection;
    if (name !== undefined) out.set(name, (out.get(name) ?? 0) + 1);
  }
  return out;
}

/** The places that rows come from. */
export function ConnectionsPage() {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  const admin = useCan("admin");
  const all = useResources<ConnectionSpec>("connections");
  const datasets = useResources<DatasetSpec>("datasets");
  useTitle(t("list.title"));
  const make = admin ? (
    <LinkButton variant="primary" icon="plus" to="/data/connections/new-connection">
      {t("list.new")}
    </LinkButton>
  ) : undefined;
  const keys = admin ? (
    <LinkButton icon="list" to="/data/write-keys">
      {t("list.events")}
    </LinkButton>
  ) : undefined;
  const used = readers(datasets.data ?? []);
  return (
    <Page>
      <PageHead title={t("list.title")} lead={t("list.lead")} actions={admin && <>{keys}{make}</>} />
      <Loaded query={all} skeleton={<Skeleton height={240} />}>
        {(connections) =>
          connections.length === 0 ? (
            <Card>
              <Empty icon="link" title={t("list.empty")} action={make}>
                {admin ? t("list.emptyText") : t("list.emptyOther")}
              </Empty>
            </Card>
          ) : (
            <Card>
              <Table
                label={t("list.title")}
                rows={connections}
                rowKey={(c) => c.metadata.name}
                columns={[
                  {
                    key: "name",
                    title: t("list.name"),
                    head: true,
                    sort: (c) => pick(c.metadata.title, c.metadata.name),
                    cell: (c) => (
                      <>
                        <Link to={`/data/connections/${encodeURIComponent(c.metadata.name)}`}>{pick(c.metadata.title, c.metadata.name)}</Link> {c.state === "quarantined" && <Chip tone="bad">{t("list.quarantined")}</Chip>}
                      </>
                    ),
                  },
                  { key: "type", title: t("list.type"), sort: (c) => c.spec.type, cell: (c) => t(`type.${c.spec.type}`) },
                  { key: "place", title: t("list.place"), cell: (c) => place(c.spec) ?? "—" },
                  { key: "used", title: t("list.used"), end: true, sort: (c) => used.get(c.metadata.name) ?? 0, cell: (c) => t("list.datasets", { count: used.get(c.metadata.name) ?? 0 }) },
                ]}
              />
            </Card>
          )
        }
      </Loaded>
    </Page>
  );
}
