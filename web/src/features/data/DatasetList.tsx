import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { useMedia } from "@/lib/theme";
import { Card, Chip, Table } from "@/ui";
import styles from "./data.module.css";
import { Freshness, KeyState } from "./marks";
import { useSyncs } from "./sync/hooks";
import { SyncMark } from "./sync/SyncMark";
import type { SyncStatus } from "./sync/types";
import type { DatasetStatus } from "./types";

interface Row extends DatasetStatus {
  definition?: Resource<DatasetSpec>;
  sync?: SyncStatus;
}

const to = (row: Row, tab = "") => row.events === true ? `/data/events/${encodeURIComponent(row.name)}` : `/data/${encodeURIComponent(row.name)}${tab === "" ? "" : `?tab=${tab}`}`;

/** Every dataset; on phones as cards. */
export function DatasetList({ items, definitions }: { items: DatasetStatus[]; definitions: Resource<DatasetSpec>[] }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const phone = useMedia("(max-width: 639px)");
  const syncs = useSyncs(definitions.some((d) => d.spec.source?.sync !== undefined)).data ?? [];
  const rows: Row[] = items.map((item) => ({ ...item, definition: definitions.find((d) => d.metadata.name === item.name), sync: syncs.find((s) => s.dataset === item.name) }));
  const syncOf = (row: Row) =>
    row.sync !== undefined && (
      <Link to={to(row, "sync")}>
        <SyncMark sync={row.sync} />
      </Link>
    );
  const quarantined = (row: Row) => row.definition?.state === "quarantined" && <Chip tone="bad">{t("home.quarantined")}</Chip>;
  const rejects = (row: Row) => (row.rejects > 0 ? <Link to={to(row, "rejects")}>{formatFull(row.rejects, lang)}</Link> : "0");

  if (phone) {
    return (
      <ul className={styles["cards"]} aria-label={t("home.title")}>
        {rows.map((row) => (
          <li key={row.name}>
            <Card>
              <Link to={to(row)}>
                <strong>{pick(row.title, row.name)}</strong>
              </Link>{" "}
              {quarantined(row)}
              {pick(row.description) !== "" && <p className={styles["muted"]}>{pick(row.description)}</p>}
              <p>
                {t("rows", { count: row.rows })} · {row.loadedAt === undefined ? t("home.never") : formatAgo(row.loadedAt, lang)} · {t("home.usedByShort", { count: row.usedBy })}
              </p>
              {syncOf(row)}
              <p className={styles["chips"]}>
                <Freshness status={row} /> <KeyState status={row} primaryKey={row.definition?.spec.primaryKey} />
                {row.rejects > 0 && <Link to={to(row, "rejects")}>{t("home.rejectsShort", { count: row.rejects })}</Link>}
              </p>
            </Card>
          </li>
        ))}
      </ul>
    );
  }
  return (
    <Card>
      <Table
        label={t("home.title")}
        rows={rows}
        rowKey={(row) => row.name}
        columns={[
          {
            key: "name",
            title: t("home.name"),
            head: true,
            sort: (row) => pick(row.title, row.name),
            cell: (row) => (
              <div className={styles["nameCell"]}>
                <Link to={to(row)}>{pick(row.title, row.name)}</Link> {quarantined(row)}
                {pick(row.description, row.name) !== pick(row.title, row.name) && <small className={styles["muted"]}>{pick(row.description, row.name)}</small>}
              </div>
            ),
          },
          { key: "rows", title: t("home.rows"), end: true, sort: (row) => row.rows, cell: (row) => formatFull(row.rows, lang) },
          { key: "loaded", title: t("home.loaded"), sort: (row) => row.loadedAt, cell: (row) => (row.loadedAt === undefined ? <span className={styles["muted"]}>{t("home.never")}</span> : <span className={styles["whole"]}>{formatAgo(row.loadedAt, lang)}</span>) },
          ...(syncs.length > 0 ? [{ key: "sync", title: t("home.sync"), cell: syncOf }] : []),
          { key: "freshness", title: t("home.freshness"), sort: (row) => row.freshness, cell: (row) => <Freshness status={row} /> },
          { key: "rejects", title: t("home.rejects"), end: true, sort: (row) => row.rejects, cell: rejects },
          { key: "key", title: t("home.key"), cell: (row) => <KeyState status={row} primaryKey={row.definition?.spec.primaryKey} /> },
          { key: "used", title: t("home.usedBy"), end: true, sort: (row) => row.usedBy, cell: (row) => <span className={styles["whole"]}>{t("home.usedByShort", { count: row.usedBy })}</span> },
        ]}
      />
    </Card>
  );
}
