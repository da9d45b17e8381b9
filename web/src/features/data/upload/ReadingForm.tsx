import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileFormat } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Card, Notice } from "@/ui";
import styles from "../data.module.css";
import type { Detection } from "../types";
import { ColumnDrawer } from "./ColumnDrawer";
import { ColumnsPreview } from "./ColumnsPreview";
import type { Draft, Problem } from "./draft";
import { FormatForm } from "./FormatForm";
import { KeyTime } from "./KeyTime";
import { badCount, betterType, patternExample, retype } from "./reading";

interface Props {
  found: Detection;
  draft: Draft;
  /** What was said of how the file is written; the rest is detected. */
  overrides: FileFormat;
  busy: boolean;
  problems: Problem[];
  edit: (change: (draft: Draft) => Draft) => void;
  reread: (overrides: FileFormat) => void;
}

/** Types that would read more of a column than the one it has. */
function Better({ found, draft, edit }: Pick<Props, "found" | "draft" | "edit">) {
  const { t } = useTranslation("data");
  return draft.columns.map((c, i) => {
    const better = found.columns[i] === undefined ? undefined : betterType(found.columns[i], c);
    return (
      better !== undefined && (
        <Notice key={c.header}>
          <p className={styles["offer"]}>
            {t("columns.better", { name: c.header, count: better.count, of: better.of, type: `${t(`type.${better.type}`)} ${patternExample(better.format ?? "")}`.trim() })}
            <Button small onClick={() => edit((now) => ({ ...now, columns: now.columns.map((x, j) => (j === i ? retype(x, better.type, better.format ?? "", found.sample.map((row) => row[i] ?? null)) : x)) }))}>
              {t("columns.readSo")}
            </Button>
          </p>
        </Notice>
      )
    );
  });
}

/** How a file is read: its format, its columns, what identifies a row and when it happened. */
export function ReadingForm({ found, draft, overrides, busy, problems, edit, reread }: Props) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const [column, setColumn] = useState<number | null>(null);
  const bad = draft.columns.reduce((sum, c, i) => sum + (found.columns[i] === undefined ? 0 : badCount(found.columns[i], c)), 0);
  const at = column === null ? undefined : draft.columns[column];
  const detected = column === null ? undefined : found.columns[column];
  return (
    <>
      <Card title={t("step.format")}>
        <FormatForm found={found} overrides={overrides} busy={busy} onChange={reread} />
        {(found.warnings ?? []).filter((w) => w.code !== "same_file").map((w) => (
          <Notice key={w.code} tone="watch">
            {pick(w.text)}
          </Notice>
        ))}
      </Card>
      <Card title={t("step.columns")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>
            {found.complete ? t("columns.all", { count: found.sampled }) : t("columns.sampled", { count: found.sampled })} {draft.target === "" ? t("columns.tip") : t("columns.defined")}
          </p>
          {bad > 0 && <Notice tone="watch">{t("columns.badSum", { count: bad })}</Notice>}
          {problems.includes("columnName") && <Notice tone="bad">{t("problem.columnName")}</Notice>}
          {problems.includes("columnTwice") && <Notice tone="bad">{t("problem.columnTwice")}</Notice>}
          {problems.includes("noColumns") && <Notice tone="bad">{t("problem.noColumns")}</Notice>}
          {draft.target === "" && <Better found={found} draft={draft} edit={edit} />}
          <ColumnsPreview found={found} draft={draft} onColumn={draft.target === "" ? setColumn : undefined} />
        </div>
      </Card>
      {draft.target === "" && (
        <Card title={t("step.key")}>
          <KeyTime found={found} draft={draft} onChange={(part) => edit((now) => ({ ...now, ...part }))} />
        </Card>
      )}
      {column !== null && at !== undefined && detected !== undefined && (
        <ColumnDrawer
          found={detected}
          column={at}
          samples={found.sample.map((row) => row[column] ?? null)}
          taken={draft.columns.some((c, i) => i !== column && !c.leaveOut && c.name === at.name)}
          onChange={(next) => edit((now) => ({ ...now, columns: now.columns.map((c, i) => (i === column ? next : c)) }))}
          onClose={() => setColumn(null)}
        />
      )}
    </>
  );
}
