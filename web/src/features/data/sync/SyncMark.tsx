import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant, spanOf } from "@/lib/date";
import { Chip } from "@/ui";
import styles from "../data.module.css";
import type { SyncStatus } from "./types";

/** How a dataset's sync stands, in a line. */
export function SyncMark({ sync }: { sync: SyncStatus }) {
  const { t } = useTranslation("sync");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  return (
    <span className={styles["chips"]}>
      {sync.current !== undefined && <Chip tone="accent">{t(`state.${sync.current.state}`)}</Chip>}
      {sync.failing === true && <Chip tone="bad">{t("failing")}</Chip>}
      {(sync.outdated ?? 0) > 0 && <Chip tone="bad">{t("outdated", { count: sync.outdated ?? 0 })}</Chip>}
      {(sync.absent ?? 0) > 0 && <Chip tone="watch">{t("absent", { count: sync.absent ?? 0 })}</Chip>}
      <span className={styles["whole"]}>{sync.syncedAt === undefined ? t("never") : t("synced", { ago: formatAgo(sync.syncedAt, lang) })}</span>
      {sync.behind > 0 && <Chip tone="watch">{t("behind", { span: spanOf(sync.behind, lang) })}</Chip>}
      {sync.paused === true ? <Chip tone="watch">{t("paused")}</Chip> : sync.next !== undefined && sync.current === undefined && <span className={styles["muted"]}>{t("next", { at: formatInstant(sync.next, zone, lang) })}</span>}
    </span>
  );
}
