import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useText } from "@/i18n/useText";
import { datasetPath } from "@/lib/place";
import { Button, Notice } from "@/ui";
import styles from "../data.module.css";
import { cancelLoad } from "../hooks";
import type { Load } from "../types";
import { formatBytes } from "@/lib/number";

/** How far a load is, or how it ended. */
export function RunState({ load, link = true }: { load: Load; link?: boolean }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  if (load.state === "running") {
    // Rows that are made of other rows have no file of which a part is read.
    const share = load.bytesTotal > 0 && load.phase !== "waiting" ? load.bytesDone / load.bytesTotal : undefined;
    const done = load.bytesTotal > 0 ? `${formatBytes(load.bytesDone, lang)} / ${formatBytes(load.bytesTotal, lang)}` : "";
    return (
      <div className={styles["run"]}>
        <progress className={styles["progress"]} max={1} value={share} aria-label={t(`phase.${load.phase}`)} />
        <span className={styles["muted"]}>
          {[t(`phase.${load.phase}`), done, load.records > 0 ? t("records", { count: load.records }) : ""].filter(Boolean).join(" · ")}
        </span>
        <Button small icon="close" onClick={() => void cancelLoad(load.id).catch(() => undefined)}>
          {t("run.cancel")}
        </Button>
      </div>
    );
  }
  if (load.state === "canceled") return <Notice>{t("run.canceled")}</Notice>;
  if (load.state === "failed") {
    return (
      <Notice tone="bad">
        {pick(load.error?.text, t("run.failed"))} {t("run.unchanged")}
      </Notice>
    );
  }
  return (
    <div className={styles["stack"]}>
      <p>
        {t("run.sum", { records: t("records", { count: load.records }), loaded: t("count", { count: load.loaded }), rejected: t("count", { count: load.rejected }) })}{" "}
        {load.rejected > 0 && <Link to={`${datasetPath(load.dataset)}?tab=rejects`}>{t("run.rejects")}</Link>} {link && <Link to={datasetPath(load.dataset)}>{t("run.open")}</Link>}
      </p>
      {(load.warnings ?? []).map((w) => (
        <Notice key={w.code} tone="watch">
          {pick(w.text)}
        </Notice>
      ))}
    </div>
  );
}
