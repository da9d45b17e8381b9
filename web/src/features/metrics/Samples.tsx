import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { Field } from "@/ui";
import type { Preview } from "./api";
import form from "./form.module.css";
import styles from "./metrics.module.css";

/** The first rows of a dataset, so that a choice can be seen. */
export function Samples({ preview, column }: { preview: Preview; column: string }) {
  const { t } = useTranslation("metrics");
  const { lang } = useText();
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
                  <th key={c.name} scope="col" data-on={c.name === column || undefined}>
                    {c.name}
                    <small>{t(`type.${c.type}`)}</small>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(preview.rows ?? []).slice(0, 4).map((row, i) => (
                <tr key={i}>
                  {row.map((cell, j) => (
                    <td key={j} data-on={preview.columns[j]?.name === column || undefined}>
                      {cell === null ? <span className={styles["quiet"]}>—</span> : String(cell)}
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
