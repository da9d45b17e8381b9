import { useTranslation } from "react-i18next";
import { download } from "@/api/client";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { Button, Card, Chip, Empty, ErrorState, Skeleton, Table, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useRejects } from "../hooks";

/** Records that the last load set aside, and why. */
export function RejectsTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const name = dataset.metadata.name;
  const rejects = useRejects(name);
  const first = rejects.data?.pages[0];
  if (rejects.isError && first === undefined) return <ErrorState error={rejects.error} onRetry={() => void rejects.refetch()} />;
  if (first === undefined) return <Skeleton height={240} />;
  if (first.total === 0) {
    return (
      <Card>
        <Empty icon="check" title={t("rejects.none")}>
          {t("rejects.noneText")}
        </Empty>
      </Card>
    );
  }
  const rows = rejects.data?.pages.flatMap((page) => page.items ?? []) ?? [];
  const title = (column: string | undefined) => (column === undefined || column === "" ? "" : pick(dataset.spec.columns.find((c) => c.name === column)?.title, column));
  return (
    <Card
      title={t("rejects.title", { count: first.total })}
      actions={
        <Button icon="download" onClick={() => void download("GET", `/datasets/${encodeURIComponent(name)}/rejects.csv`, `${name}-rejects.csv`).catch((error: unknown) => say(textOf(error), "bad"))}>
          {t("rejects.download")}
        </Button>
      }
    >
      <div className={styles["stack"]}>
        <p className={styles["muted"]}>{t("rejects.lead")}</p>
        <p className={styles["chips"]}>
          {(first.byReason ?? []).map((why) => (
            <Chip key={`${why.reason} ${why.column ?? ""}`} tone="watch">
              {title(why.column)} {pick(why.text)} · {formatFull(why.count, lang)}
            </Chip>
          ))}
        </p>
        <Table
          label={t("tab.rejects")}
          rows={rows}
          rowKey={(r) => String(r.n)}
          item={(r) => (
            <>
              <strong>{[t("rejects.atLine", { line: formatFull(r.line, lang) }), title(r.column)].filter((part) => part !== "").join(" · ")}</strong>
              <span>{pick(r.text)}</span>
              {r.value !== undefined && r.value !== "" && <code>{r.value}</code>}
              <code className={styles["muted"]}>{r.raw.slice(0, 300)}</code>
            </>
          )}
          columns={[
            { key: "line", title: t("rejects.line"), end: true, cell: (r) => formatFull(r.line, lang) },
            { key: "column", title: t("rejects.column"), cell: (r) => title(r.column) },
            { key: "why", title: t("rejects.why"), cell: (r) => pick(r.text) },
            { key: "value", title: t("rejects.value"), cell: (r) => <code className={styles["clip"]}>{r.value}</code> },
            { key: "raw", title: t("rejects.raw"), cell: (r) => <code className={styles["clip"]} title={r.raw.slice(0, 2000)}>{r.raw.slice(0, 300)}</code> },
          ]}
        />
        {rejects.hasNextPage && (
          <div>
            <Button busy={rejects.isFetchingNextPage} onClick={() => void rejects.fetchNextPage()}>
              {t("rejects.more", { count: first.total - rows.length })}
            </Button>
          </div>
        )}
      </div>
    </Card>
  );
}
