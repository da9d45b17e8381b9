import { useTranslation } from "react-i18next";
import { Card, Empty, LinkButton } from "@/ui";

/** The plan has no such event, and nothing of the name came. */
export function NoEvent({ name }: { name: string }) {
  const { t } = useTranslation("events");
  return (
    <Card>
      <Empty icon="search" title={t("noEvent", { name })} action={<LinkButton to="/data/events">{t("toEvents")}</LinkButton>} />
    </Card>
  );
}
