import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant } from "@/lib/date";
import { formatShare } from "@/lib/number";
import { Button, Card, Chip, Empty, Loaded, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useQuality, useQualityRuns, useRunQuality } from "./hooks";
import { ManualEntry } from "./ManualEntry";
import { RuleCard } from "./RuleCard";
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
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const name = dataset.metadata.name;
  const report = useQuality(name);
  const runs = useQualityRuns(name);
  const run = useRunQuality(name);
  const check = () => run.mutate(undefined, { onError: (error) => say(textOf(error), "bad") });
  return (
    <div className={styles["stack"]}>
      <Loaded query={report} skeleton={<Skeleton height={240} />}>
        {(r) => (
          <Card
            title={t("rules")}
            actions={
              editor && r.results.length > 0 ? (
                <Button variant="primary" busy={run.isPending} onClick={check}>
                  {t("run")}
                </Button>
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
                    <RuleCard key={result.rule} result={result} spec={dataset.spec} runs={runs.data ?? []} />
                  ))}
                </ul>
              </>
            )}
          </Card>
        )}
      </Loaded>
      {editor && <Suggestions dataset={dataset} />}
      {dataset.spec.time !== undefined && <ManualEntry dataset={dataset} />}
    </div>
  );
}
