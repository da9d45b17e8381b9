import { useTranslation } from "react-i18next";
import { useCan } from "@/app/session";
import { Card, Empty, LinkButton } from "@/ui";

/** What a dataset shows before its first load. */
export function NoRows({ name }: { name: string }) {
  const { t } = useTranslation("data");
  const editor = useCan("editor");
  return (
    <Card>
      <Empty
        icon="table"
        title={t("dataset.noRows")}
        action={
          editor ? (
            <LinkButton variant="primary" icon="upload" to={`/data/upload?dataset=${encodeURIComponent(name)}`}>
              {t("dataset.add")}
            </LinkButton>
          ) : undefined
        }
      >
        {t("dataset.noRowsText")}
      </Empty>
    </Card>
  );
}
