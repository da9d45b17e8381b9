import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatFull, formatShare } from "@/lib/number";
import { Card, Chip, Loaded, SelectField, Skeleton, Table } from "@/ui";
import styles from "../data.module.css";
import { useEntry, type EntryColumns } from "./hooks";
import type { EntryReport } from "./types";
import own from "./quality.module.css";

function Report({ report }: { report: EntryReport }) {
  const { t } = useTranslation("quality");
  const { lang, pick } = useText();
  return (
    <>
      {report.remarks.length === 0 ? (
        <p>{t("entry.none", { reporters: report.reporters, rows: formatFull(report.rows, lang) })}</p>
      ) : (
        <>
          <h3>{t("entry.remarks")}</h3>
          <ul className={own["rules"]}>
            {report.remarks.map((r) => (
              <li key={`${r.reporter} ${r.kind}`} className={own["rule"]}>
                <div className={own["head"]}>
                  <Chip tone="watch">{t(`entry.kind.${r.kind}`)}</Chip>
                  <strong>{r.reporter}</strong>
                  <span>{pick(r.text)}</span>
                  <span className={styles["muted"]}>{t("entry.chance", { chance: r.chance.toExponential(0) })}</span>
                </div>
              </li>
            ))}
          </ul>
        </>
      )}
      <details className={own["examples"]}>
        <summary>{t("entry.figures")}</summary>
        <Table
          label={t("entry.figures")}
          rows={report.figures}
          rowKey={(f) => f.name}
          columns={[
            { key: "name", title: t("entry.reporter"), head: true, sort: (f) => f.name, cell: (f) => f.name },
            { key: "rows", title: t("entry.rows"), end: true, sort: (f) => f.rows, cell: (f) => formatFull(f.rows, lang) },
            { key: "round", title: t("entry.round"), end: true, sort: (f) => f.round, cell: (f) => formatShare(f.round, lang) },
            { key: "repeated", title: t("entry.repeated"), end: true, sort: (f) => f.repeated, cell: (f) => formatShare(f.repeated, lang) },
            { key: "longest", title: t("entry.longest"), end: true, sort: (f) => f.longest, cell: (f) => f.longest },
            { key: "missing", title: t("entry.missing"), end: true, sort: (f) => f.missing, cell: (f) => f.missing },
            { key: "lag", title: t("entry.lag"), end: true, sort: (f) => f.medianLagHours, cell: (f) => f.medianLagHours.toFixed(1) },
          ]}
        />
      </details>
    </>
  );
}

/** Values that people enter: rounded, repeated, late or not at all. */
export function ManualEntry({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("quality");
  const { pick } = useText();
  const [columns, setColumns] = useState<EntryColumns>({ reporter: "", value: "", entered: "" });
  const report = useEntry(dataset.metadata.name, columns);
  const options = (fits: (type: string) => boolean) => [{ value: "", label: t("entry.choose") }, ...dataset.spec.columns.filter((c) => fits(c.type)).map((c) => ({ value: c.name, label: pick(c.title, c.name) }))];
  const choose = (key: keyof EntryColumns) => (e: { target: { value: string } }) => setColumns({ ...columns, [key]: e.target.value });
  return (
    <Card title={t("entry.title")} className={styles["spaced"]}>
      <p className={styles["muted"]}>{t("entry.lead")}</p>
      <div className={styles["fields"]}>
        <SelectField label={t("entry.reporter")} value={columns.reporter} onChange={choose("reporter")} options={options((type) => type === "string" || type === "integer")} />
        <SelectField label={t("entry.value")} value={columns.value} onChange={choose("value")} options={options((type) => /^(integer|decimal|float)$/.test(type))} />
        <SelectField label={t("entry.entered")} value={columns.entered} onChange={choose("entered")} options={options((type) => type === "timestamp")} />
      </div>
      {columns.reporter !== "" && columns.value !== "" && (
        <Loaded query={report} skeleton={<Skeleton height={120} />}>
          {(r) => <Report report={r} />}
        </Loaded>
      )}
    </Card>
  );
}
