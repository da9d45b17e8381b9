import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { apiText, apiUrl } from "@/api/client";
import type { DatasetSpec, Resource } from "@/api/types";
import { Button, Card, Loaded, Skeleton, useToast } from "@/ui";
import styles from "../data.module.css";
import own from "./dataset.module.css";

/** The definition as it is written in files. */
export function CodeTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("data");
  const say = useToast();
  const path = `/datasets/${encodeURIComponent(dataset.metadata.name)}/yaml`;
  const yaml = useQuery({ queryKey: ["defs", "datasets", dataset.metadata.name, "yaml", dataset.revision], queryFn: () => apiText(path) });
  return (
    <Loaded query={yaml} skeleton={<Skeleton height={320} />}>
      {(text) => (
        <Card
          title={t("code.title")}
          actions={
            <>
              <Button icon="copy" onClick={() => void navigator.clipboard?.writeText(text).then(() => say(t("copied")))}>
                {t("copy")}
              </Button>
              <a href={apiUrl(path)} download={`${dataset.metadata.name}.yaml`}>
                {t("code.download")}
              </a>
            </>
          }
        >
          <p className={styles["muted"]}>{t("code.lead")}</p>
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={own["code"]} tabIndex={0} role="region" aria-label={t("code.title")}>
            {text}
          </pre>
        </Card>
      )}
    </Loaded>
  );
}
