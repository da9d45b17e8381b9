import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { formatFull, formatShare } from "@/lib/number";
import { datasetPath } from "@/lib/place";
import { Chip, Table } from "@/ui";
import styles from "./data.module.css";
import { Freshness, KeyState } from "./marks";
import type { Standing } from "./standing";
import { SyncMark } from "./sync/SyncMark";

/** Where a dataset has its page: the rows of an event, with the plan. */
export const pageOf = (row: Standing, tab = "") => row.events === true ? `/data/events/${encodeURIComponent(row.name)}` : `${datasetPath(row.name)}${tab === "" ? "" : `?tab=${tab}`}`;

/** Datasets, in the order given. */
export function DatasetList({ rows }: { rows: readonly Standing[] }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const syncOf = (row: Standing) =>
    row.sync !== undefined && (
      <Link to={pageOf(row, "sync")}>
        <SyncMark sync={row.sync} />
      </Link>
    );
  const quarantined = (row: Standing) => row.definition?.state === "quarantined" && <Chip tone="bad">{t("home.quarantined")}</Chip>;
  const quality = (row: Standing) =>
    row.score === undefined || row.score.value === null ? <span className={styles["muted"]}>—</span> : (
      <Link to={pageOf(row, "quality")}>
        <Chip tone={row.broken.length > 0 ? "bad" : row.score.broken > 0 ? "watch" : "good"}>{formatShare(row.score.value, lang, 0)}</Chip>
      </Link>
    );
  const rejects = (row: Standing) => (row.rejects > 0 ? <Link to={pageOf(row, "rejects")}>{formatFull(row.rejects, lang)}</Link> : "0");

  return (
    <Table
      label={t("home.list")}
      rows={rows}
      rowKey={(row) => row.name}
      item={(row) => (
        <>
          <div>
            <Link to={pageOf(row)}>
              <strong>{pick(row.title, row.name)}</strong>
            </Link>{" "}
            {quarantined(row)}
          </div>
          {pick(row.description) !== "" && <p className={styles["muted"]}>{pick(row.description)}</p>}
          <p>
            {t("rows", { count: row.rows })} · {row.loadedAt === undefined ? t("home.never") : formatAgo(row.loadedAt, lang)} · {t("home.usedByShort", { count: row.usedBy })}
          </p>
          {syncOf(row)}
          <p className={styles["chips"]}>
            <Freshness status={row} /> <KeyState status={row} primaryKey={row.definition?.spec.primaryKey} />
            {row.score !== undefined && row.score.value !== null && <span>{t("home.quality")} {quality(row)}</span>}
            {row.rejects > 0 && <Link to={pageOf(row, "rejects")}>{t("home.rejectsShort", { count: row.rejects })}</Link>}
          </p>
        </>
      )}
      columns={[
        {
          key: "name",
          title: t("home.name"),
          head: true,
          sort: (row) => pick(row.title, row.name),
          cell: (row) => (
            <div className={styles["nameCell"]}>
              <Link to={pageOf(row)}>{pick(row.title, row.name)}</Link> {quarantined(row)}
              {pick(row.description, row.name) !== pick(row.title, row.name) && <small className={styles["muted"]}>{pick(row.description, row.name)}</small>}
            </div>
          ),
        },
        { key: "rows", title: t("home.rows"), end: true, sort: (row) => row.rows, cell: (row) => formatFull(row.rows, lang) },
        { key: "loaded", title: t("home.loaded"), sort: (row) => row.loadedAt, cell: (row) => (row.loadedAt === undefined ? <span className={styles["muted"]}>{t("home.never")}</span> : <span className={styles["whole"]}>{formatAgo(row.loadedAt, lang)}</span>) },
        ...(rows.some((row) => row.sync !== undefined) ? [{ key: "sync", title: t("home.sync"), cell: syncOf }] : []),
        { key: "freshness", title: t("home.freshness"), sort: (row) => row.freshness, cell: (row) => <Freshness status={row} /> },
        { key: "quality", title: t("home.quality"), sort: (row) => row.score?.value, cell: quality },
        { key: "rejects", title: t("home.rejects"), end: true, sort: (row) => row.rejects, cell: rejects },
        { key: "key", title: t("home.key"), cell: (row) => <KeyState status={row} primaryKey={row.definition?.spec.primaryKey} /> },
        { key: "used", title: t("home.usedBy"), end: true, sort: (row) => row.usedBy, cell: (row) => <span className={styles["whole"]}>{t("home.usedByShort", { count: row.usedBy })}</span> },
      ]}
    />
  );
}
