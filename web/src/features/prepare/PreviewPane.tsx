import { useTranslation } from "react-i18next";
import { Cell } from "@/features/data";
import { useText } from "@/i18n/useText";
import { isNumber } from "@/lib/cell";
import { Card, Notice } from "@/ui";
import { typeMark } from "./picks";
import styles from "./prepare.module.css";
import type { Preview } from "./types";

/** The table after the chosen step, with what the step did to it. */
export function PreviewPane({ preview, busy }: { preview: Preview; busy: boolean }) {
  const { t } = useTranslation("prepare");
  const { pick } = useText();
  const stage = preview.stages[preview.step];
  if (stage === undefined) return null;
  const dropped = preview.total - preview.before;
  return (
    <Card title={preview.step === 0 ? t("preview.input") : t("preview.after", { n: preview.step })} aria-busy={busy} className={styles["preview"]}>
      <p className={styles["counts"]} role="status">
        <strong>{t("preview.rows", { count: preview.total })}</strong>
        {dropped !== 0 && <span>{dropped > 0 ? t("preview.more", { count: dropped }) : t("preview.fewer", { count: -dropped })}</span>}
        <span>{t("columnCount", { count: stage.columns.length })}</span>
        <span className={styles["muted"]}>{t("preview.took", { ms: preview.millis })}</span>
      </p>
      {preview.missing !== undefined && <Notice tone="watch">{t("preview.missing", { name: preview.missing })}</Notice>}
      {preview.lost.map((l) => (
        <Notice key={`${l.step}${l.column}`} tone="watch">
          {t(l.reject === true ? "preview.rejected" : "preview.lost", { n: l.step, column: l.column, count: l.count })}
        </Notice>
      ))}
      {preview.fans.map((f) => (
        <Notice key={`${f.step}${f.dataset}`} tone="bad">
          {t("preview.fan", { n: f.step, name: f.dataset, count: f.keys })}
        </Notice>
      ))}
      {/* Wide tables scroll inside their own frame, which must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={styles["sample"]} tabIndex={0} role="region" aria-label={t("preview.table")}>
        <table>
          <thead>
            <tr>
              {stage.columns.map((c) => (
                <th key={c.name} scope="col" data-end={isNumber(c.type) || undefined} title={(c.from ?? []).map((o) => `${o.dataset}.${o.column}`).join(", ")}>
                  <span>{pick(c.title, c.name)}</span>
                  <small>
                    <span aria-hidden="true">{typeMark(c.type)}</span> {t(`type.${c.type}`)}
                  </small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {preview.rows.map((row, i) => (
              <tr key={i}>
                {stage.columns.map((c, j) => (
                  <td key={c.name} data-end={isNumber(c.type) || undefined}>
                    <Cell value={row[j] ?? null} type={c.type} scale={c.scale} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
