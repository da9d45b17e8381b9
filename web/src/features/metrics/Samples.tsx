import { useTranslation } from "react-i18next";
import type { ColumnSpec } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatCell, isNumber } from "@/lib/cell";
import { formatFull } from "@/lib/number";
import { Field } from "@/ui";
import type { Preview } from "./api";
import form from "./form.module.css";
import styles from "./metrics.module.css";

/** The first rows of a dataset, so that a choice can be seen. */
export function Samples({ preview, columns, column }: { preview: Preview; columns: readonly ColumnSpec[]; column: string }) {
  const { t } = useTranslation("metrics");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const of = (name: string) => columns.find((c) => c.name === name);
  const words = t("form.samples", { rows: formatFull(preview.total, lang) });
  return (
    <Field label={words}>
      {() => (
        // Wide tables scroll inside their own frame, which must be reachable by keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className={form["samples"]} tabIndex={0} role="region" aria-label={words}>
          <table>
            <thead>
              <tr>
                {preview.columns.map((c) => (
                  <th key={c.name} scope="col" data-on={c.name === column || undefined} data-end={isNumber(c.type) || undefined}>
                    {pick(of(c.name)?.title, c.name)}
                    <small>
                      {pick(of(c.name)?.title, c.name) !== c.name && <code>{c.name}</code>} {t(`type.${c.type}`)}
                    </small>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(preview.rows ?? []).slice(0, 4).map((row, i) => (
                <tr key={i}>
                  {preview.columns.map((c, j) => (
                    <td key={c.name} data-on={c.name === column || undefined} data-end={isNumber(c.type) || undefined}>
                      {(row[j] ?? null) === null ? <span className={styles["quiet"]}>—</span> : formatCell(row[j] ?? null, c.type, lang, zone, of(c.name)?.scale)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Field>
  );
}
