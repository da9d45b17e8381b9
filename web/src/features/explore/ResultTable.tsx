import { useTranslation } from "react-i18next";
import type { Cell, QueryColumn, QueryResult } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatDelta, formatExact, formatShare, formatValue } from "@/lib/number";
import { cx, Icon } from "@/ui";
import type { Words } from "./words";
import styles from "./explore.module.css";

interface Props {
  result: QueryResult;
  order: string;
  onOrder: (order: string) => void;
  words: Words;
}

const isKey = (c: QueryColumn) => c.metric === undefined || c.metric === "";

/** The answer row by row, with others and totals below. Headers sort on the server. */
export function ResultTable({ result, order, onOrder, words }: Props) {
  const { t } = useTranslation("explore");
  const { lang, pick } = useText();
  const { columns } = result;

  const text = (cell: Cell | undefined, c: QueryColumn): string => {
    const value = cell ?? null;
    const label = isKey(c) && value !== null ? c.labels?.[String(value)] : undefined;
    if (label !== undefined) return pick(label, String(value));
    if (isKey(c)) return c.grain !== undefined && c.grain !== null ? words.period(value, c.grain) : words.member(value);
    const number = typeof value === "number" ? value : null;
    if (typeof value === "string") return value;
    if (c.part === "change") return formatDelta(number, c, lang);
    if (c.part === "change_rate") return number === null ? formatShare(null, lang) : `${number > 0 ? "+" : number < 0 ? "−" : ""}${formatShare(Math.abs(number), lang)}`;
    return formatValue(number, c, lang);
  };
  const full = (cell: Cell | undefined, c: QueryColumn) => (!isKey(c) && typeof cell === "number" && c.part !== "change_rate" ? formatExact(cell, c, lang) : undefined);
  const sign = (name: string) => (order === name ? "↑" : order === `-${name}` ? "↓" : "");
  const foot = (label: string, row: readonly Cell[], key: string) => {
    const firstFree = columns.findIndex((c, i) => isKey(c) && (row[i] ?? null) === null);
    return (
      <tr key={key} className={styles["sumRow"]}>
        {columns.map((c, i) => (
          <td key={c.name} data-end={!isKey(c) || undefined} title={full(row[i], c)}>
            {isKey(c) && (row[i] ?? null) === null ? (i === firstFree ? label : "") : text(row[i], c)}
          </td>
        ))}
      </tr>
    );
  };

  return (
    // Wide tables scroll inside their own frame, which must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["tableWrap"]} tabIndex={0} role="region" aria-label={t("table.label")}>
      <table className={styles["table"]}>
        <thead>
          <tr>
            {columns.map((c) => (
              <th key={c.name} scope="col" data-end={!isKey(c) || undefined} aria-sort={sign(c.name) === "↑" ? "ascending" : sign(c.name) === "↓" ? "descending" : undefined}>
                <button type="button" className={styles["sort"]} onClick={() => onOrder(order === `-${c.name}` ? c.name : order === c.name ? "" : isKey(c) ? c.name : `-${c.name}`)}>
                  {pick(c.title, c.name)} <span aria-hidden="true">{sign(c.name)}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {result.rows.map((row, i) => (
            <tr key={i}>
              {columns.map((c, j) => (
                <td key={c.name} data-end={!isKey(c) || undefined} title={full(row[j], c)} className={cx(isKey(c) && (row[j] ?? null) === null && styles["quiet"])}>
                  {text(row[j], c)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          {(result.others ?? []).map((row, i) => foot(t("others"), row, `others${i}`))}
          {(result.totals ?? []).map((row, i) => foot(t("total"), row, `total${i}`))}
        </tfoot>
      </table>
      {result.truncated === true && (
        <p className={styles["quiet"]}>
          <Icon name="info" size={14} /> {t("table.truncated", { count: result.rows.length })}
        </p>
      )}
    </div>
  );
}
