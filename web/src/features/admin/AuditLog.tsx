import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AuditEntry, Page } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { useUrlState } from "@/lib/url";
import { Button, Card, Empty, ErrorState, Input, Skeleton, Table } from "@/ui";
import styles from "./admin.module.css";

/** What was recorded beside the action, in one line. */
function words(detail: Record<string, unknown> | undefined | null): string {
  return Object.entries(detail ?? {})
    .map(([key, value]) => `${key}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`)
    .join(" · ");
}

/** Who changed what, newest first. */
export function AuditLog() {
  const { t } = useTranslation("admin");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const [actor, setActor] = useUrlState("actor");
  const [name, setName] = useUrlState("name");
  const query = useInfiniteQuery({
    queryKey: ["audit", actor, name],
    queryFn: ({ pageParam, signal }) => api<Page<AuditEntry>>("GET", "/audit", { query: { cursor: pageParam, limit: 100, actor, name }, signal }),
    initialPageParam: "",
    getNextPageParam: (page) => page.next || undefined,
  });
  const rows = query.data?.pages.flatMap((page) => page.items ?? []) ?? [];
  return (
    <Card
      title={t("tab.audit")}
      actions={
        <>
          <Input aria-label={t("audit.actor")} placeholder={t("audit.actor")} value={actor} onChange={(e) => setActor(e.target.value)} className={styles["filter"]} />
          <Input aria-label={t("audit.name")} placeholder={t("audit.name")} value={name} onChange={(e) => setName(e.target.value)} className={styles["filter"]} />
        </>
      }
    >
      {query.isPending && <Skeleton height={320} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && <Empty icon="list" title={t("audit.empty")} />}
      {rows.length > 0 && (
        <Table
          label={t("tab.audit")}
          rows={rows}
          rowKey={(e) => String(e.id)}
          columns={[
            { key: "at", title: t("audit.at"), cell: (e) => <span className={styles["when"]}>{formatInstant(e.at, zone, lang)}</span> },
            { key: "actor", title: t("audit.actor"), cell: (e) => e.actor },
            { key: "action", title: t("audit.action"), cell: (e) => <code>{e.action}</code> },
            { key: "name", title: t("audit.name"), head: true, cell: (e) => e.name ?? "" },
            { key: "via", title: t("audit.via"), cell: (e) => e.via },
            { key: "detail", title: t("audit.detail"), cell: (e) => (<span className={styles["detail"]}>{words(e.detail)}</span>) },
          ]}
        />
      )}
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("audit.more")}
        </Button>
      )}
    </Card>
  );
}
