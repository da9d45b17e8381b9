import { useInfiniteQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { AuditEntry, Page, Text } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { useUrlState } from "@/lib/url";
import { Button, Card, Empty, ErrorState, Input, Skeleton, Table } from "@/ui";
import styles from "./admin.module.css";

const raw = (value: unknown) => (typeof value === "object" ? JSON.stringify(value) : String(value));
// Marks that only programs need; they stay in the tooltip.
const inner = new Set(["load", "id", "error"]);
// The story of a load in the order in which it happens; the server sorts by letters.
const order = ["file", "mode", "records", "loaded", "rejected"];

/** Says what was done, through what, and what was recorded beside it; what is new to the page is shown as it came. */
function useWords() {
  const { t } = useTranslation("admin");
  const { lang, pick } = useText();
  const value = (key: string, of: unknown) => {
    if (key === "mode") return t(`audit.mode.${String(of)}`, { defaultValue: String(of) });
    if (key === "role") return t(`role.${String(of)}`, { defaultValue: String(of) });
    if (typeof of === "number") return formatFull(of, lang);
    if (typeof of === "object" && of !== null && ("zh" in of || "en" in of)) return pick(of as Text, raw(of));
    return raw(of);
  };
  return {
    action: (name: string) => t(`audit.did.${name}`, { defaultValue: name }),
    via: (name: string) => (name.startsWith("token:") ? t("audit.token", { name: name.slice("token:".length) }) : t(`audit.through.${name}`, { defaultValue: name })),
    detail: (of: AuditEntry["detail"]) =>
      Object.entries(of ?? {})
        .filter(([key]) => !inner.has(key))
        .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
        .map(([key, v]) => t("audit.pair", { key: t(`audit.key.${key}`, { defaultValue: key }), value: value(key, v) }))
        .join(" · "),
  };
}

/** Who changed what, newest first. */
export function AuditLog() {
  const { t } = useTranslation("admin");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const words = useWords();
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
            { key: "actor", title: t("audit.actor"), cell: (e) => e.actor.replace(/^local:/, "") },
            { key: "action", title: t("audit.action"), cell: (e) => <span title={e.action}>{words.action(e.action)}</span> },
            { key: "name", title: t("audit.name"), head: true, cell: (e) => e.name ?? "" },
            { key: "via", title: t("audit.via"), cell: (e) => words.via(e.via) },
            { key: "detail", title: t("audit.detail"), cell: (e) => <span className={styles["detail"]} title={Object.entries(e.detail ?? {}).map(([key, v]) => `${key}: ${raw(v)}`).join("\n")}>{words.detail(e.detail)}</span> },
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
