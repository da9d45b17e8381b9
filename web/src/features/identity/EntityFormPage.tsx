import { useTranslation } from "react-i18next";
import { useTables } from "@/api/tables";
import { useCan } from "@/app/session";
import { DefinitionFormPage } from "@/features/write";
import { Card, Empty, LinkButton, Loaded, Skeleton } from "@/ui";
import { EntityForm } from "./EntityForm";
import type { EntitySpec } from "./types";

/** Makes an entity, or changes one. */
export function EntityFormPage() {
  const { t } = useTranslation("identity");
  const tables = useTables(useCan("editor"));
  const none = (name: string) => (
    <Card>
      <Empty icon="search" title={t("page.none", { name })} action={<LinkButton to="/data/entities">{t("page.toEntities")}</LinkButton>} />
    </Card>
  );
  return (
    <DefinitionFormPage<EntitySpec> plural="entities" title={(name) => (name === undefined ? t("form.new") : t("form.change", { name }))} lead={t("form.lead")} none={none}>
      {(existing, all) => (
        <Loaded query={tables} skeleton={<Skeleton height={480} />}>
          {(list) => <EntityForm existing={existing} taken={all.map((e) => e.metadata.name)} tables={list} />}
        </Loaded>
      )}
    </DefinitionFormPage>
  );
}
