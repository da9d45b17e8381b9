import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatShare } from "@/lib/number";
import { Card, Loaded, Skeleton } from "@/ui";
import styles from "./assets.module.css";
import { DayBars, type Standing } from "./DayBars";
import { useScores } from "./hooks";

/** A rule that marks metrics counts three times as much as another one. */
const standing = (share: number): Standing => (share >= 1 ? "good" : share >= 0.9 ? "watch" : "bad");

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
                  <strong className={styles["sign"]} data-state={score.errors > 0 ? "bad" : standing(score.value)}>
                    {formatShare(score.value, lang)}
                  </strong>
                )}{" "}
                {t("scores.rules", { kept: score.kept, broken: score.broken, unknown: score.unknown })}
              </p>
              {days.length > 1 && <DayBars days={days.map(({ day, score: share }) => ({ day, share }))} standing={standing} label={t("scores.days", { count: days.length, lost: days.filter((d) => d.score < 1).length })} />}
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
