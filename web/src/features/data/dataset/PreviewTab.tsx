import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { isNumber } from "@/lib/cell";
import { useUrlState } from "@/lib/url";
import { Loaded, SelectField, Skeleton } from "@/ui";
import styles from "../data.module.css";
import { usePreview } from "../hooks";
import { Cell } from "./cell";

const limits = ["50", "200", "1000"];

/** The first rows. */
export function PreviewTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const { zone } = useSession().workspace;
  const [asked, setLimit] = useUrlState("rows");
  const limit = limits.includes(asked) ? asked : "50";
  const preview = usePreview(dataset.metadata.name, Number(limit));
  const column = (name: string) => dataset.spec.columns.find((c) => c.name === name);
  const title = (name: string) => pick(column(name)?.title, name);
  return (
    <Loaded query={preview} skeleton={<Skeleton height={320} />}>
      {(table) => (
        <div className={styles["stack"]}>
          <div className={styles["bar"]}>
            <p className={styles["muted"]}>
              {t("preview.of", { shown: t("rows", { count: table.rows?.length ?? 0 }), total: t("rows", { count: table.total }) })}
              {table.columns.some((c) => c.type === "timestamp") && ` ${t("preview.zone", { zone: zone || "UTC" })}`}
            </p>
            <SelectField label={t("preview.limit")} value={limit} onChange={(e) => setLimit(e.target.value === "50" ? "" : e.target.value)} options={limits.map((n) => ({ value: n, label: n }))} />
          </div>
          {/* Wide tables scroll inside their own frame, which must be reachable by keyboard. */}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <div className={styles["sample"]} tabIndex={0} role="region" aria-label={t("tab.preview")}>
            <table>
              <thead>
                <tr>
                  {table.columns.map((c) => (
                    <th key={c.name} scope="col" data-end={isNumber(c.type) || undefined}>
                      <div>
                        <span className={styles["colName"]}>{title(c.name)}</span>
                        {title(c.name) !== c.name && <small className={styles["mono"]}>{c.name}</small>}
                        <small className={styles["type"]}>{t(`type.${c.type}`)}</small>
                      </div>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {(table.rows ?? []).map((row, i) => (
                  <tr key={i}>
                    {table.columns.map((c, j) => (
                      <td key={c.name} data-end={isNumber(c.type) || undefined}>
                        <Cell value={row[j] ?? null} type={c.type} scale={column(c.name)?.scale} />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Loaded>
  );
}
