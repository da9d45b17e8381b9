import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, QualityRuleSpec, Resource } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { KeptView } from "@/features/assets";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant } from "@/lib/date";
import { formatShare } from "@/lib/number";
import { Button, Card, Chip, Empty, IconButton, Loaded, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useAmend } from "../hooks";
import { useQuality, useQualityRuns, useRunQuality } from "./hooks";
import { InspectionForm } from "./InspectionForm";
import { ManualEntry } from "./ManualEntry";
import { RuleCard } from "./RuleCard";
import { RuleForm } from "./RuleForm";
import { ruleId } from "./rules";
import { Suggestions } from "./Suggestions";
import type { Score } from "./types";
import own from "./quality.module.css";

/** How much of what was promised is kept. */
export function ScoreChip({ score }: { score: Score }) {
  const { t } = useTranslation("quality");
  const { lang } = useText();
  if (score.value === null) return <Chip>{t("score.none")}</Chip>;
  return (
    <Chip tone={score.errors > 0 ? "bad" : score.broken > 0 ? "watch" : "good"}>
      {t("score.value", { share: formatShare(score.value, lang, 0) })}
    </Chip>
  );
}

/** The rules about a dataset's rows: whether they hold, since when not, and which rows break them. */
export function QualityTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("quality");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const name = dataset.metadata.name;
  const report = useQuality(name);
  const runs = useQualityRuns(name);
  const run = useRunQuality(name);
  const amend = useAmend();
  const [form, setForm] = useState<QualityRuleSpec | "new" | null>(null);
  const [inspecting, setInspecting] = useState<QualityRuleSpec | null>(null);
  const check = () => run.mutate(undefined, { onError: (error) => say(textOf(error), "bad") });
  const actionsOf = (id: string) => {
    const rule = (dataset.spec.quality ?? []).find((q) => ruleId(q) === id);
    const remove = () => amend.mutate({ name, change: (spec) => ({ ...spec, quality: (spec.quality ?? []).filter((q) => ruleId(q) !== id) }) }, { onError: (error) => say(textOf(error), "bad") });
    return rule === undefined ? undefined : (
      <>
        {rule.rule === "inspection" && <Button onClick={() => setInspecting(rule)}>{t("inspection.confirm")}</Button>}
        <IconButton small icon="edit" label={t("form.change", { name: pick(rule.title, id) })} onClick={() => setForm(rule)} />
        <IconButton small icon="trash" label={t("form.remove", { name: pick(rule.title, id) })} disabled={amend.isPending} onClick={remove} />
      </>
    );
  };
  return (
    <div className={styles["stack"]}>
      <Loaded query={report} skeleton={<Skeleton height={240} />}>
        {(r) => (
          <Card
            title={t("rules")}
            actions={
              editor ? (
                <>
                  <Button icon="plus" onClick={() => setForm("new")}>
                    {t("form.add")}
                  </Button>
                  {r.results.length > 0 && (
                    <Button variant="primary" busy={run.isPending} onClick={check}>
                      {t("run")}
                    </Button>
                  )}
                </>
              ) : undefined
            }
          >
            {r.results.length === 0 ? (
              <Empty icon="shield" title={t("none")}>
                {t("noneText")}
              </Empty>
            ) : (
              <>
                <p className={styles["chips"]}>
                  <ScoreChip score={r.score} />
                  <span>{t("counts", { kept: r.score.kept, broken: r.score.broken, unknown: r.score.unknown })}</span>
                  <span className={styles["muted"]} title={formatInstant(r.checkedAt, zone, lang)}>
                    {r.checkedAt === undefined ? t("never") : t("checked", { ago: formatAgo(r.checkedAt, lang) })}
                  </span>
                </p>
                <ul className={own["rules"]}>
                  {r.results.map((result) => (
                    <RuleCard key={result.rule} result={result} spec={dataset.spec} runs={runs.data ?? []} actions={editor ? actionsOf(result.rule) : undefined} />
                  ))}
                </ul>
              </>
            )}
          </Card>
        )}
      </Loaded>
      {form !== null && <RuleForm dataset={dataset} existing={form === "new" ? null : form} onClose={() => setForm(null)} />}
      {inspecting !== null && <InspectionForm dataset={name} rule={inspecting} onClose={() => setInspecting(null)} />}
      <KeptView of={`Dataset/${dataset.metadata.name}`} />
      {editor && <Suggestions dataset={dataset} />}
      {dataset.spec.time !== undefined && <ManualEntry dataset={dataset} />}
    </div>
  );
}
