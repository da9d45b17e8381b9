import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatShare } from "@/lib/number";
import { Card, Loaded, Skeleton } from "@/ui";
import styles from "./assets.module.css";
import { DayBars, type Standing } from "./DayBars";
import { useScores } from "./hooks";

/** A broken rule that only warns is to be watched; one that marks metrics is bad. */
const standing = (share: number, errors: number): Standing => (errors > 0 ? "bad" : share < 1 ? "watch" : "good");

/** The quality of the data under a metric: now, and how it went. */
export function ScoreView({ metric }: { metric: string }) {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  const query = useScores(metric);
  return (
    <Card title={t("scores.title")}>
      <Loaded query={query} skeleton={<Skeleton height={60} />}>
        {({ score, days }) =>
          score.rules === 0 ? (
            <p className={styles["muted"]}>{t("scores.none")}</p>
          ) : (
            <>
              <p>
                {score.value !== null && (
                  <strong className={styles["sign"]} data-state={standing(score.value, score.errors)}>
                    {formatShare(score.value, lang)}
                  </strong>
                )}{" "}
                {t("scores.rules", { kept: score.kept, broken: score.broken, unknown: score.unknown })}
              </p>
              {days.length > 1 && <DayBars days={days.map((d) => ({ day: d.day, share: d.score, standing: standing(d.score, d.errors) }))} label={t("scores.days", { count: days.length, lost: days.filter((d) => d.score < 1).length })} />}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
