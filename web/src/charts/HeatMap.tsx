import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatValue, type Measure } from "@/lib/number";
import { ChartFrame } from "./ChartFrame";
import { extent } from "./scale";
import styles from "./charts.module.css";

interface Props {
  title: string;
  xs: readonly string[];
  ys: readonly string[];
  /** values[y][x]. */
  values: readonly (readonly (number | null)[])[];
  measure: Measure;
  fileName: string;
  onOpen?: (x: number, y: number) => void;
  actions?: ReactNode;
}

/** A grid of values; the larger, the stronger the ground. It is a table, so that it can be read without seeing. */
export function HeatMap({ title, xs, ys, values, measure, fileName, onOpen, actions }: Props) {
  const { t } = useTranslation();
  const { lang } = useText();
  const range = extent(values.flat()) ?? { min: 0, max: 0 };
  const span = range.max - range.min;
  const ground = (v: number | null) => (v === null ? undefined : `color-mix(in srgb, var(--accent) ${Math.round(span > 0 ? 4 + ((v - range.min) / span) * 36 : 12)}%, var(--surface))`);
  const rows = ys.map((name, i) => ({ name, i }));
  return (
    <ChartFrame
      title={title}
      fileName={fileName}
      actions={actions}
      summary={t("chart.heatSummary", { rows: ys.length, columns: xs.length, min: formatValue(range.min, measure, lang), max: formatValue(range.max, measure, lang) })}
      table={{
        columns: [{ key: "y", title: "", cell: (r: { name: string; i: number }) => r.name, head: true }, ...xs.map((x, i) => ({ key: `${i}${x}`, title: x, end: true, cell: (r: { i: number }) => formatValue(values[r.i]?.[i], measure, lang) }))],
        rows,
        rowKey: (r) => String(r.i),
        csv: () => [["", ...xs], ...ys.map((y, i) => [y, ...(values[i] ?? [])])],
      }}
    >
      {/* Wide grids scroll inside their own frame, which must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles["heatWrap"]} tabIndex={0} role="region" aria-label={title}>
        <table className={styles["heat"]}>
          <thead>
            <tr>
              <td aria-hidden="true">&nbsp;</td>
              {xs.map((x, i) => (
                <th key={`${i}${x}`} scope="col" title={x}>
                  {x}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ys.map((y, j) => (
              <tr key={`${j}${y}`}>
                <th scope="row" title={y}>
                  {y}
                </th>
                {xs.map((x, i) => {
                  const v = values[j]?.[i] ?? null;
                  const words = formatValue(v, measure, lang);
                  return (
                    <td key={`${i}${x}`} style={{ background: ground(v) }}>
                      {onOpen === undefined || v === null ? (
                        words
                      ) : (
                        <button type="button" onClick={() => onOpen(i, j)} aria-label={`${y}, ${x}: ${words}`}>
                          {words}
                        </button>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </ChartFrame>
  );
}
