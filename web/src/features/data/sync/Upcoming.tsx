import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { useErrorText } from "@/ui";
import styles from "../data.module.css";
import { useUpcoming } from "./hooks";
import type { SyncStatus } from "./types";

/** The next runs by a schedule that may not be saved yet; null while nothing can be said. */
export function Upcoming({ name, schedule }: { name: string; schedule: SyncStatus["schedule"] | null }) {
  const { t } = useTranslation("sync");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const textOf = useErrorText();
  const upcoming = useUpcoming(name, schedule);
  const { due, times = [] } = upcoming.data ?? {};
  const said = [...(due === true ? [t("atOnce")] : []), ...times.map((at) => formatInstant(at, zone, lang))];
  return (
    <p className={styles["line"]} aria-live="polite">
      {upcoming.isError && textOf(upcoming.error)}
      {said.length > 0 && (
        <>
          {t("upcoming")}{" "}
          {said.map((at, i) => (
            <Fragment key={at}>
              {i > 0 && " · "}
              <span className={styles["whole"]}>{at}</span>
            </Fragment>
          ))}
        </>
      )}
    </p>
  );
}
