import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useStepsOf } from "@/api/processes";
import { useText } from "@/i18n/useText";
import { Card, Notice, useErrorText } from "@/ui";
import styles from "./metrics.module.css";

/** In which steps of which processes the metric stands: who does what to move it. Nothing where it stands in none. */
export function Steps({ metric }: { metric: string }) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const textOf = useErrorText();
  const { data = [], error } = useStepsOf(metric);
  if (error !== null) return <Notice tone="bad">{textOf(error)}</Notice>;
  if (data.length === 0) return null;
  return (
    <Card title={t("steps.title")}>
      <ul className={styles["steps"]}>
        {data.map((s) => {
          const who = pick(s.who);
          const does = pick(s.does);
          return (
            <li key={`${s.process.name}/${s.step}`}>
              <Link to={`/data/processes/${encodeURIComponent(s.process.name)}#${s.step}`}>
                {pick(s.process.title, s.process.name)} › {pick(s.title, s.step)}
              </Link>
              {(who !== "" || does !== "") && <p>{who !== "" && does !== "" ? t("steps.line", { who, does }) : who + does}</p>}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
