import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useResources } from "@/api/hooks";
import { useTables } from "@/api/tables";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Card, Denied, Empty, LinkButton, Loaded, Page, PageHead, Skeleton } from "@/ui";
import { EntityForm } from "./EntityForm";
import type { EntitySpec } from "./types";

/** Makes an entity, or changes one. */
export function EntityFormPage() {
  const { t } = useTranslation("identity");
  const { pick } = useText();
  const { name } = useParams();
  const editor = useCan("editor");
  const all = useResources<EntitySpec>("entities", editor);
  const tables = useTables(editor);
  const title = name === undefined ? t("form.new") : t("form.change", { name: pick(all.data?.find((e) => e.metadata.name === name)?.metadata.title, name) });
  useTitle(title);
  if (!editor) {
    return (
      <Page>
        <Denied />
      </Page>
    );
  }
  const skeleton = <Skeleton height={480} />;
  return (
    <Page narrow>
      <PageHead title={title} lead={t("form.lead")} />
      <Loaded query={all} skeleton={skeleton}>
        {(entities) => {
          const existing = entities.find((e) => e.metadata.name === name) ?? null;
          if (name !== undefined && existing === null) {
            return (
              <Card>
                <Empty icon="search" title={t("page.none", { name })} action={<LinkButton to="/data/entities">{t("page.toEntities")}</LinkButton>} />
              </Card>
            );
          }
          return (
            <Loaded query={tables} skeleton={skeleton}>
              {(list) => <EntityForm key={existing?.revision ?? 0} existing={existing} taken={entities.map((e) => e.metadata.name)} tables={list} />}
            </Loaded>
          );
        }}
      </Loaded>
    </Page>
  );
}
