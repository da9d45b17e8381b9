import { useTranslation } from "react-i18next";
import { Card, Empty, LinkButton } from "@/ui";

/** There is no process of that name. */
export function NoProcess({ name }: { name: string }) {
  const { t } = useTranslation("process");
  return (
    <Card>
      <Empty icon="search" title={t("page.none", { name })} action={<LinkButton to="/data/processes">{t("page.toProcesses")}</LinkButton>} />
    </Card>
  );
}
