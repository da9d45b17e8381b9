import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { saveBlob } from "@/api/client";
import { IconButton, Menu, Table, useToast, type Column } from "@/ui";
import styles from "./charts.module.css";

export interface TableView<R> {
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  /** The same rows as text, for the CSV file; the first row is the header. */
  csv: () => readonly (readonly (string | number | null)[])[];
}

interface Props<R> {
  /** The question or the finding. */
  title: ReactNode;
  /** The chart in one sentence, for those who do not see it. */
  summary: string;
  table: TableView<R>;
  fileName: string;
  actions?: ReactNode;
  children: ReactNode;
}

function quote(cell: string | number | null): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  // A leading sign would run as a formula in a spreadsheet.
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as CSV text that opens in spreadsheets, Chinese included. */
export function toCsv(rows: readonly (readonly (string | number | null)[])[]): string {
  return `\ufeff${rows.map((row) => row.map(quote).join(",")).join("\r\n")}\r\n`;
}

/** What every chart has around it: title, summary, "see as table", copy link, download. */
export function ChartFrame<R>({ title, summary, table, fileName, actions, children }: Props<R>) {
  const { t } = useTranslation();
  const say = useToast();
  const [asTable, setAsTable] = useState(false);
  return (
    <figure>
      <div className={styles["frameHead"]}>
        <figcaption>{title}</figcaption>
        {actions}
        <IconButton small icon={asTable ? "metrics" : "table"} label={asTable ? t("chart.chart") : t("chart.table")} onClick={() => setAsTable(!asTable)} />
        <Menu
          trigger={(p) => <IconButton small icon="more" label={t("chart.copyLink")} {...p} />}
          groups={[
            {
              items: [
                { key: "link", label: t("chart.copyLink"), icon: "link", onSelect: () => void navigator.clipboard?.writeText(window.location.href).then(() => say(t("chart.linkCopied"))) },
                { key: "csv", label: t("chart.download"), icon: "download", onSelect: () => saveBlob(new Blob([toCsv(table.csv())], { type: "text/csv" }), `${fileName}.csv`) },
              ],
            },
          ]}
        />
      </div>
      <p className="sr-only">{summary}</p>
      {asTable ? <Table label={typeof title === "string" ? title : summary} columns={table.columns} rows={table.rows} rowKey={table.rowKey} /> : children}
    </figure>
  );
}
