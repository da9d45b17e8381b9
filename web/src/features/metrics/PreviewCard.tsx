import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Finding, Grain, MetricSpec, Warning } from "@/api/types";
import { TrendChart } from "@/charts";
import { useSettled } from "@/features/write";
import { useText } from "@/i18n/useText";
import { addDays, formatDays } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { Card, Empty, Notice, Num, Skeleton, useErrorText } from "@/ui";
import form from "./form.module.css";
import styles from "./metrics.module.css";

export interface PreviewRows {
  all: number;
  kept: number;
  unknown: number;
  missing?: { name: string; rows: number }[];
}

export interface Preview {
  grain?: Grain;
  points: { time: string; value: number | string | null }[];
  total: number | string | null;
  type: string;
  range?: { from: string; to: string };
  rows?: PreviewRows;
  warnings?: Warning[];
  findings?: Finding[];
}

const numeric = (v: number | string | null) => (v === null || v === "" || !Number.isFinite(Number(v)) ? null : Number(v));

/** What the condition does to the rows. Rows that it cannot judge are said apart: they are easily forgotten. */
function Rows({ rows }: { rows: PreviewRows }) {
  const { t } = useTranslation("metrics");
  const { lang } = useText();
  const n = (count: number) => formatFull(count, lang);
  return (
    <>
      <p className={styles["quiet"]}>{t("preview.rows", { all: n(rows.all), kept: n(rows.kept), dropped: n(rows.all - rows.kept) })}</p>
      {rows.unknown > 0 && (
        <Notice tone="watch">
          <p>{t("preview.unknown", { count: rows.unknown, rows: n(rows.unknown) })}</p>
          <ul>
            {(rows.missing ?? []).map((m) => (
              <li key={m.name}>
                {t("preview.missing", { count: m.rows, name: m.name, rows: n(m.rows) })} <code>{`or ${m.name} is null`}</code>
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

function Body({ preview, spec, title }: { preview: Preview; spec: MetricSpec; title: string }) {
  const { t } = useTranslation("metrics");
  const { pick, lang } = useText();
  const points = preview.points.map((p) => ({ time: p.time, value: numeric(p.value) }));
  const nothing = points.length > 0 ? points.every((p) => p.value === null) : preview.total === null;
  return (
    <div className={styles["stack"]}>
      <p className={form["total"]}>
        <Num value={numeric(preview.total)} unit={spec.unit} format={spec.format} />
        {preview.range !== undefined && <span className={styles["quiet"]}>{t("preview.range", { range: formatDays(preview.range.from.slice(0, 10), addDays(preview.range.to.slice(0, 10), -1), lang) })}</span>}
      </p>
      {nothing ? (
        <Empty title={t("preview.empty")}>{t("preview.emptyText")}</Empty>
      ) : (
        points.length > 0 && <TrendChart title={t("preview.chart", { name: title })} points={points} grain={preview.grain ?? "day"} measure={spec} fileName="preview" height={180} />
      )}
      {preview.rows !== undefined && <Rows rows={preview.rows} />}
      {(preview.warnings ?? []).map((w) => (
        <Notice key={w.code} tone="watch">
          {pick(w.text, w.code)}
        </Notice>
      ))}
    </div>
  );
}

/** The newest 90 days of a metric that is being written. A question that writing has overtaken is cancelled. */
export function PreviewCard({ spec, title, ready }: { spec: MetricSpec; title: string; ready: boolean }) {
  const { t } = useTranslation("metrics");
  const textOf = useErrorText();
  const asked = useSettled(JSON.stringify(spec), 500);
  const query = useQuery({
    queryKey: ["data", "draft", asked],
    queryFn: ({ signal }) => api<Preview>("POST", "/metrics/preview", { body: { spec: JSON.parse(asked) as MetricSpec }, signal }),
    enabled: ready,
    placeholderData: (previous) => previous,
    retry: false,
  });
  const unfinished = (query.data?.findings ?? []).length > 0;
  return (
    <Card title={t("preview.title")} className={styles["stack"]}>
      <div aria-live="polite" aria-busy={query.isFetching} data-stale={query.isPlaceholderData || undefined} className={form["preview"]}>
        {!ready || unfinished ? (
          <p className={styles["quiet"]}>{ready ? t("preview.unfinished") : t("preview.notYet")}</p>
        ) : query.isError ? (
          <Notice tone="bad">{textOf(query.error)}</Notice>
        ) : query.data === undefined ? (
          <Skeleton height={240} />
        ) : (
          <Body preview={query.data} spec={spec} title={title} />
        )}
      </div>
    </Card>
  );
}
