import { useTranslation } from "react-i18next";
import styles from "./data.module.css";
import type { DataOverview } from "./types";

/** One sentence on all data. */
export function Health({ overview }: { overview: DataOverview }) {
  const { t } = useTranslation("data");
  const { datasets, fresh, late } = overview.summary;
  if (datasets === 0) return <>{t("home.lead")}</>;
  const others = datasets - fresh - late;
  return (
    <>
      {t("health.datasets", { count: datasets })}
      {fresh > 0 && <> · <span className={styles["good"]}>● {t("health.fresh", { count: fresh })}</span></>}
      {late > 0 && <> · <span className={styles["bad"]}>■ {t("health.late", { count: late })}</span></>}
      {others > 0 && <> · {t("health.unpromised", { count: others })}</>}
    </>
  );
}
