import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Card, Empty, LinkButton, Loaded, Page, PageHead, Skeleton, Table } from "@/ui";
import { useSourceTitle } from "./hooks";
import { kindsOf, type EntitySpec } from "./types";

/** The entities of the workspace, and which of them are brought together from several ids. */
export function EntitiesPage() {
  const { t } = useTranslation("identity");
  const { lang, pick } = useText();
  const all = useResources<EntitySpec>("entities");
  const titleOf = useSourceTitle();
  const editor = useCan("editor");
  useTitle(t("list.title"));
  const add = editor ? (
    <LinkButton variant="primary" icon="plus" to="/data/new-entity">
      {t("list.new")}
    </LinkButton>
  ) : undefined;
  return (
    <Page>
      <PageHead title={t("list.title")} lead={t("list.lead")} actions={add} />
      <Loaded query={all} skeleton={<Skeleton height={200} />}>
        {(entities) => (
          <Card>
            {entities.length === 0 ? (
              <Empty icon="user" title={t("list.empty")} action={add}>
                {t("list.emptyText")}
              </Empty>
            ) : (
              <Table
                label={t("list.title")}
                rows={entities}
                rowKey={(e) => e.metadata.name}
                columns={[
                  {
                    key: "name",
                    title: t("list.name"),
                    head: true,
                    sort: (e) => pick(e.metadata.title, e.metadata.name),
                    cell: (e) => <Link to={`/data/entities/${encodeURIComponent(e.metadata.name)}`}>{pick(e.metadata.title, e.metadata.name)}</Link>,
                  },
                  { key: "ids", title: t("list.ids"), cell: (e) => kindsOf(e.spec).join(lang === "zh-CN" ? "、" : ", ") },
                  { key: "links", title: t("list.links"), cell: (e) => ((e.spec.links ?? []).length === 0 ? t("list.none") : [...new Set((e.spec.links ?? []).map((l) => titleOf(l.dataset)))].join(lang === "zh-CN" ? "、" : ", ")) },
                ]}
              />
            )}
          </Card>
        )}
      </Loaded>
    </Page>
  );
}
