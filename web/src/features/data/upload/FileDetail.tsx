import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Card, ErrorState, Notice, Skeleton } from "@/ui";
import styles from "../data.module.css";
import { ColumnDrawer } from "./ColumnDrawer";
import { ColumnsPreview } from "./ColumnsPreview";
import type { Draft, Problem } from "./draft";
import { FormatForm } from "./FormatForm";
import { KeyTime } from "./KeyTime";
import { badCount, betterType, patternExample, retype } from "./reading";
import { RunState } from "./RunState";
import { TargetForm } from "./TargetForm";
import type { Item } from "./useWizard";

interface Props {
  item: Item;
  datasets: Resource<DatasetSpec>[];
  loaded: (name: string) => boolean;
  problems: Problem[];
  edit: (change: (draft: Draft) => Draft) => void;
  reread: (overrides: Item["overrides"], into: string) => void;
}

/** Everything about one file, from how it is written to where it goes. */
export function FileDetail({ item, datasets, loaded, problems, edit, reread }: Props) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const [column, setColumn] = useState<number | null>(null);
  const { detection, draft } = item;
  const trouble = item.error !== undefined && <Card>{<ErrorState error={item.error} onRetry={item.upload === undefined || item.detection !== undefined ? undefined : () => reread({}, draft?.target ?? "")} />}</Card>;
  if (detection === undefined || draft === undefined) return trouble || <Skeleton height={320} />;
  const change = (part: Partial<Draft>) => edit((now) => ({ ...now, ...part }));
  const bad = draft.columns.reduce((sum, c, i) => sum + (detection.columns[i] === undefined ? 0 : badCount(detection.columns[i], c)), 0);
  const at = column === null ? undefined : draft.columns[column];
  const detected = column === null ? undefined : detection.columns[column];
  if (item.phase === "loading" || item.phase === "done") {
    return <Card title={item.file.name}>{item.load === undefined ? <Skeleton height={24} /> : <RunState load={item.load} />}</Card>;
  }
  return (
    <div className={styles["stack"]}>
      {trouble}
      {item.load !== undefined && item.load.state !== "running" && <RunState load={item.load} link={false} />}
      <Card title={t("step.target")}>
        <TargetForm item={item} draft={draft} datasets={datasets} loaded={loaded} problems={problems} onChange={change} onTarget={(into) => { change({ target: into, mode: "" }); reread(item.overrides, into); }} />
      </Card>
      <Card title={t("step.format")}>
        <FormatForm found={detection} overrides={item.overrides} busy={item.phase === "detecting"} onChange={(overrides) => reread(overrides, draft.target)} />
        {(detection.warnings ?? []).filter((w) => w.code !== "same_file").map((w) => (
          <Notice key={w.code} tone="watch">
            {pick(w.text)}
          </Notice>
        ))}
      </Card>
      <Card title={t("step.columns")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>
            {detection.complete ? t("columns.all", { count: detection.sampled }) : t("columns.sampled", { count: detection.sampled })} {draft.target === "" ? t("columns.tip") : t("columns.defined")}
          </p>
          {bad > 0 && <Notice tone="watch">{t("columns.badSum", { count: bad })}</Notice>}
          {problems.includes("columnName") && <Notice tone="bad">{t("problem.columnName")}</Notice>}
          {problems.includes("columnTwice") && <Notice tone="bad">{t("problem.columnTwice")}</Notice>}
          {problems.includes("noColumns") && <Notice tone="bad">{t("problem.noColumns")}</Notice>}
          {draft.target === "" &&
            draft.columns.map((c, i) => {
              const better = detection.columns[i] === undefined ? undefined : betterType(detection.columns[i], c);
              return (
                better !== undefined && (
                  <Notice key={c.header}>
                    <p className={styles["offer"]}>
                      {t("columns.better", { name: c.header, count: better.count, of: better.of, type: `${t(`type.${better.type}`)} ${patternExample(better.format ?? "")}`.trim() })}
                      <Button small onClick={() => edit((now) => ({ ...now, columns: now.columns.map((x, j) => (j === i ? retype(x, better.type, better.format ?? "", detection.sample.map((row) => row[i] ?? null)) : x)) }))}>
                        {t("columns.readSo")}
                      </Button>
                    </p>
                  </Notice>
                )
              );
            })}
          <ColumnsPreview found={detection} draft={draft} onColumn={draft.target === "" ? setColumn : undefined} />
        </div>
      </Card>
      {draft.target === "" && (
        <Card title={t("step.key")}>
          <KeyTime key={item.id} found={detection} draft={draft} onChange={change} />
        </Card>
      )}
      {column !== null && at !== undefined && detected !== undefined && (
        <ColumnDrawer
          found={detected}
          column={at}
          samples={detection.sample.map((row) => row[column] ?? null)}
          taken={draft.columns.some((c, i) => i !== column && !c.leaveOut && c.name === at.name)}
          onChange={(next) => edit((now) => ({ ...now, columns: now.columns.map((c, i) => (i === column ? next : c)) }))}
          onClose={() => setColumn(null)}
        />
      )}
    </div>
  );
}
