import { useTranslation } from "react-i18next";
import { useRouteError } from "react-router";
import { useTitle } from "@/lib/title";
import { Button, Empty, LinkButton, Page } from "@/ui";

/** The address leads nowhere. */
export function NotFound() {
  const { t } = useTranslation();
  useTitle(t("error.notFound"));
  return (
    <Page>
      <Empty icon="search" title={t("error.notFound")} action={<LinkButton variant="primary" to="/">{t("error.home")}</LinkButton>}>
        {t("error.notFoundText")}
      </Empty>
    </Page>
  );
}

/** A page fell over, or its code did not arrive (after an update of the server, say). */
export function PageError() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <Page>
      <Empty icon="alert" title={t("error.title")} action={<Button variant="primary" onClick={() => window.location.reload()}>{t("error.reload")}</Button>}>
        {t("error.unknown")}
      </Empty>
      <details>
        <summary>{t("error.details")}</summary>
        <pre>{error instanceof Error ? error.message : String(error)}</pre>
      </details>
    </Page>
  );
}
