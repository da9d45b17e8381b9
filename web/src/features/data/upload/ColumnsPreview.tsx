import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Icon } from "@/ui";
import styles from "../data.module.css";
import type { Detection } from "../types";
import type { Draft } from "./draft";
import { badCount, reads } from "./reading";

interface Props {
  found: Detection;
  draft: Draft;
  /** Opens a column; absent where the dataset's definition decides. */
  onColumn?: (at: number) => void;
}

/** The first rows as they will be read; cells that do not fit are marked. */
export function ColumnsPreview({ found, draft, onColumn }: Props) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  return (
    // Wide tables scroll inside their own frame, which must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles["sample"]} tabIndex={0} role="region" aria-label={t("columns.preview")}>
      <table>
        <thead>
          <tr>
            {draft.columns.map((column, i) => {
              const detected = found.columns[i];
              const bad = detected === undefined ? 0 : badCount(detected, column);
              const inside = (
                <>
                  <span className={styles["colName"]}>
                    {pick(column.title, column.header)} {onColumn !== undefined && <Icon name="edit" size={14} />}
                  </span>
                  <small className={styles["mono"]}>{column.leaveOut ? t("columns.left") : column.name}</small>
                  <small className={styles["type"]}>{t(`type.${column.type}`)}</small>
                  {bad > 0 && <small className={styles["badCount"]}>■ {t("columns.bad", { count: bad })}</small>}
                </>
              );
              return (
                <th key={i} scope="col" data-out={column.leaveOut || undefined}>
                  {onColumn === undefined ? (
                    <div>{inside}</div>
                  ) : (
                    <button type="button" title={t("columns.change")} onClick={() => onColumn(i)}>
                      {inside}
                    </button>
                  )}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {found.sample.slice(0, 12).map((row, r) => (
            <tr key={r}>
              {draft.columns.map((column, i) => {
                const cell = row[i] ?? null;
                const listed = column.type === found.columns[i]?.type && (found.columns[i]?.badCells ?? []).some((b) => b.text === cell);
                const bad = !column.leaveOut && cell !== null && (listed || !reads(cell, column));
                return (
                  <td key={i} data-out={column.leaveOut || undefined} data-bad={bad || undefined} title={bad ? t("columns.badCell", { type: t(`type.${column.type}`) }) : undefined}>
                    {cell === null ? <span className={styles["none"]}>{t("columns.nothing")}</span> : cell}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
