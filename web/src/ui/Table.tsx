import { useState, type ReactNode } from "react";
import { usePhone } from "@/lib/theme";
import styles from "./surface.module.css";

export interface Column<R> {
  key: string;
  title: ReactNode;
  cell: (row: R) => ReactNode;
  /** Numbers stand at the end of their column. */
  end?: boolean;
  /** What to sort by; a column without it cannot be sorted. */
  sort?: (row: R) => string | number | null | undefined;
  /** The column that names the row. */
  head?: boolean;
}

interface Props<R> {
  label: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  rowKey: (row: R) => string;
  foot?: ReactNode;
  /** What a row is on a phone, where the table is a list; without it the table scrolls sideways. */
  item?: (row: R) => ReactNode;
}

function compare(a: string | number | null | undefined, b: string | number | null | undefined): number {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
}

/** A plain table; headers of sortable columns are buttons. */
export function Table<R>({ label, columns, rows, rowKey, foot, item }: Props<R>) {
  const [order, setOrder] = useState<{ key: string; down: boolean } | null>(null);
  const phone = usePhone();
  if (phone && item !== undefined) {
    return (
      <ul className={styles["items"]} aria-label={label}>
        {rows.map((row) => (
          <li key={rowKey(row)}>{item(row)}</li>
        ))}
      </ul>
    );
  }
  const by = columns.find((c) => c.key === order?.key)?.sort;
  const shown = by === undefined ? rows : rows.toSorted((a, b) => compare(by(a), by(b)) * (order?.down === true ? -1 : 1));
  return (
    // Wide tables scroll inside their own frame, which must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["tableWrap"]} tabIndex={0} role="region" aria-label={label}>
      <table className={styles["table"]}>
        <thead>
          <tr>
            {columns.map((c) => {
              const sorted = order?.key === c.key;
              return (
                <th key={c.key} scope="col" data-end={c.end || undefined} aria-sort={sorted ? (order.down ? "descending" : "ascending") : undefined}>
                  {c.sort === undefined ? (
                    c.title
                  ) : (
                    <button type="button" className={styles["sort"]} onClick={() => setOrder({ key: c.key, down: sorted ? !order.down : c.end === true })}>
                      {c.title} {sorted && <span aria-hidden="true">{order.down ? "↓" : "↑"}</span>}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((c) =>
                c.head === true ? (
                  <th key={c.key} scope="row" data-end={c.end || undefined}>
                    {c.cell(row)}
                  </th>
                ) : (
                  <td key={c.key} data-end={c.end || undefined}>
                    {c.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot !== undefined && <tfoot>{foot}</tfoot>}
      </table>
    </div>
  );
}
