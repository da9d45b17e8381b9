import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatMean } from "@/lib/cell";
import { formatFull, formatShare } from "@/lib/number";
import { Card, Chip, Loaded, Skeleton } from "@/ui";
import styles from "../data.module.css";
import { useProfile } from "../hooks";
import type { ColumnProfile } from "../types";
import { useCell } from "./cell";
import { Histogram } from "./Histogram";
import own from "./dataset.module.css";

function ColumnCard({ column, rows, title, scale }: { column: ColumnProfile; rows: number; title: string; scale?: number }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const write = useCell();
  const top = column.top ?? [];
  const most = Math.max(1, ...top.map((v) => v.count));
  const unique = column.distinct === rows - column.missing && column.distinct > 1;
  const spread = (column.histogram ?? []).length > 0;
  // Where nearly every value is its own, the most frequent ones say nothing.
  const telling = !unique && (top[0]?.count ?? 0) > 1 && !(spread && (top[0]?.count ?? 0) < rows / 100);
  return (
    <Card className={own["profile"]}>
      <h3>
        {title} {title !== column.name && <code className={styles["muted"]}>{column.name}</code>}
      </h3>
      <p className={styles["chips"]}>
        <Chip>{t(`type.${column.type}`)}</Chip>
        {unique && <Chip tone="accent">{t("profile.unique")}</Chip>}
        {column.missing > 0 && <Chip tone={column.missing > rows / 2 ? "watch" : "neutral"}>{t("profile.missingShare", { share: formatShare(rows === 0 ? 0 : column.missing / rows, lang) })}</Chip>}
      </p>
      <dl className={styles["facts"]}>
        <div>
          <dt>{t("profile.missing")}</dt>
          <dd>{formatFull(column.missing, lang)}</dd>
        </div>
        <div>
          <dt>{t("profile.distinct")}</dt>
          <dd>{formatFull(column.distinct, lang)}</dd>
        </div>
        {typeof column.mean === "number" && (
          <div>
            <dt>{t("profile.mean")}</dt>
            <dd>{formatMean(column.mean, column.type, lang, scale)}</dd>
          </div>
        )}
        {!spread && column.min !== null && (
          <div>
            <dt>{t("profile.range")}</dt>
            <dd>
              {write(column.min, column.type, scale)} – {write(column.max, column.type, scale)}
            </dd>
          </div>
        )}
      </dl>
      {spread && <Histogram column={column} scale={scale} />}
      {telling && (
        <ol className={own["top"]} aria-label={t("profile.top")}>
          {top.slice(0, spread ? 4 : 8).map((v) => (
            <li key={String(v.value)}>
              <span className={own["topBar"]} style={{ width: `${(v.count / most) * 100}%` }} aria-hidden="true" />
              <span className={own["topName"]}>{write(v.value, column.type, scale)}</span>
              <span>{formatFull(v.count, lang)}</span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** What the values of each column are like. */
export function ProfileTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { pick } = useText();
  const profile = useProfile(dataset.metadata.name);
  return (
    <Loaded query={profile} skeleton={<Skeleton height={320} />}>
      {(p) => (
        <div className={own["profiles"]}>
          {p.columns.map((column) => {
            const defined = dataset.spec.columns.find((c) => c.name === column.name);
            return <ColumnCard key={column.name} column={column} rows={p.rows} title={pick(defined?.title, column.name)} scale={defined?.scale} />;
          })}
        </div>
      )}
    </Loaded>
  );
}
