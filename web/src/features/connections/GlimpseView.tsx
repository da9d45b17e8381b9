import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Button, Notice } from "@/ui";
import { ColumnsTable } from "./ColumnsTable";
import styles from "./connections.module.css";
import type { Glimpse, Paging } from "./types";

interface Props {
  seen: Glimpse;
  /** Where records are looked for now. */
  records: string;
  keys: readonly string[];
  onRecords: (path: string) => void;
  onKeys: (keys: string[]) => void;
  onPaging: (paging: Paging) => void;
}

/** What a request brought: how many records, where, with which columns, and how pages seem to follow. */
export function GlimpseView({ seen, records, keys, onRecords, onKeys, onPaging }: Props) {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  const [first, second] = seen.pages;
  const place = (path: string) => (path === "" ? t("glimpse.itself") : path);
  return (
    <div className={styles["glimpse"]} role="group" aria-label={t("glimpse.title")}>
      {seen.error !== undefined && <Notice tone="bad">{pick(seen.error.text)}</Notice>}
      {first !== undefined && seen.error === undefined && (
        <div role="status">
          <Notice tone="good">
            {t("glimpse.first", { count: first })} {second !== undefined && t("glimpse.second", { count: second })}
          </Notice>
        </div>
      )}
      {seen.lists.length > 0 && (seen.lists.length > 1 || seen.lists[0]?.path !== records) && (
        <div className={styles["choose"]} role="group" aria-label={t("glimpse.where")}>
          <span className={styles["muted"]}>{t("glimpse.where")}</span>
          {seen.lists.map((l) => (
            <Button key={l.path} small aria-pressed={l.path === records} variant={l.path === records ? "primary" : "default"} onClick={() => onRecords(l.path)}>
              {t("glimpse.list", { path: place(l.path), count: l.count })}
            </Button>
          ))}
        </div>
      )}
      {seen.paging !== undefined && (
        <Notice tone="watch">
          <div className={styles["choose"]}>
            <span>{t(`glimpse.paging.${seen.paging.type}`, { at: seen.paging.next ?? seen.paging.param ?? "Link" })}</span>
            <Button small onClick={() => seen.paging !== undefined && onPaging(seen.paging)}>
              {t("glimpse.usePaging")}
            </Button>
          </div>
        </Notice>
      )}
      {seen.columns.length > 0 && <ColumnsTable label={t("glimpse.columns")} columns={seen.columns} records={seen.records} keys={keys} onKeys={onKeys} />}
      {(seen.answer ?? seen.records[0]) !== undefined && (
        <details open={seen.columns.length === 0 || undefined}>
          <summary>{t("glimpse.answer")}</summary>
          {/* Long answers scroll in their own frame, which must be reachable by keyboard. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={styles["json"]} tabIndex={0} role="region" aria-label={t("glimpse.answer")}>
            {JSON.stringify(seen.answer ?? seen.records, null, 2)}
          </pre>
        </details>
      )}
    </div>
  );
}
