import { useTranslation } from "react-i18next";
import { Navigate, useSearchParams } from "react-router";
import { useResources } from "@/api/hooks";
import type { DatasetSpec } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Card, Empty, LinkButton, Loaded, Page, PageHead, Skeleton } from "@/ui";
import styles from "./data.module.css";
import { DatasetList } from "./DatasetList";
import { Health } from "./Health";
import { useData } from "./hooks";
import { formatBytes } from "./upload";

/** The other views of the data, from where rows come to whom they concern. */
function DataNav() {
  const { t } = useTranslation("data");
  const places = [
    { to: "/data/connections", icon: "link", key: "connections" },
    { to: "/data/events", icon: "list", key: "events" },
    { to: "/data/entities", icon: "user", key: "entities" },
    { to: "/data/assets", icon: "table", key: "assets" },
  ] as const;
  return (
    <nav aria-label={t("home.views")} className={styles["nav"]}>
      {places.map((p) => (
        <LinkButton key={p.to} small icon={p.icon} to={p.to}>
          {t(`home.${p.key}`)}
        </LinkButton>
      ))}
    </nav>
  );
}

/** The data of the workspace: what there is, how fresh, how clean, and who needs it. */
export function DataPage() {
  const { t } = useTranslation("data");
  const editor = useCan("editor");
  const [search] = useSearchParams();
  const data = useData();
  const definitions = useResources<DatasetSpec>("datasets");
  useTitle(t("home.title"));
  if (search.has("upload") && editor) return <Navigate to="/data/upload" replace />;
  const bring = (
    <>
      <LinkButton icon="link" to="/data/connections">
        {t("home.connect")}
      </LinkButton>
      <LinkButton variant="primary" icon="upload" to="/data/upload">
        {t("home.upload")}
      </LinkButton>
    </>
  );
  const actions = editor ? (
    <>
      <LinkButton icon="list" to="/data/prepare">
        {t("home.prepare")}
      </LinkButton>
      <LinkButton variant="primary" icon="upload" to="/data/upload">
        {t("home.upload")}
      </LinkButton>
    </>
  ) : undefined;
  return (
    <Page>
      <PageHead title={t("home.title")} lead={data.data === undefined ? t("home.lead") : <Health overview={data.data} />} actions={actions} />
      <DataNav />
      <Loaded query={data} skeleton={<Skeleton height={320} />}>
        {(overview) =>
          overview.items.length === 0 ? (
            <Card>
              <Empty icon="data" title={t("home.empty")} action={editor ? bring : undefined}>
                {editor ? t("home.emptyText") : t("home.emptyViewer")}
              </Empty>
            </Card>
          ) : (
            <div className={styles["stack"]}>
              <DatasetList items={overview.items} definitions={definitions.data ?? []} />
              <Room bytes={overview.summary.bytes} free={overview.summary.free} />
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

/** Free room worth a hint, in bytes, when it is more than half of all. */
const muchFree = 500e6;

/** What all rows take on disk. */
function Room({ bytes, free }: { bytes: number; free: number }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const size = formatBytes(bytes, lang);
  if (free < bytes / 10) return <p className={styles["muted"]}>{t("home.onDisk", { size })}</p>;
  return (
    <p className={styles["muted"]}>
      {t("home.onDiskFree", { size, free: formatBytes(free, lang) })}
      {free > muchFree && free > bytes / 2 && <> · {t("home.compact")}</>}
    </p>
  );
}
