import { useTranslation } from "react-i18next";
import type { UseQueryResult } from "@tanstack/react-query";
import { useText } from "@/i18n/useText";
import { Notice, useErrorText } from "@/ui";
import styles from "../data.module.css";
import type { Recast } from "../types";

/** What other types would do to the rows that are loaded. */
export function RecastNotice({ query, titleOf }: { query: UseQueryResult<Recast>; titleOf: (column: string) => string }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const textOf = useErrorText();
  if (query.isError) return <Notice tone="bad">{textOf(query.error)}</Notice>;
  if (query.data === undefined) return <Notice>{t("recast.checking")}</Notice>;
  const { rows, lost } = query.data;
  if (lost === 0) return <Notice>{t("recast.fine", { count: rows })}</Notice>;
  const names = new Intl.ListFormat(lang, { type: "conjunction" });
  return (
    <Notice tone="watch">
      <p>{t("recast.lost", { count: lost })}</p>
      <ul className={styles["lines"]}>
        {(query.data.columns ?? [])
          .filter((c) => c.lost > 0)
          .map((c) => (
            <li key={c.name}>
              {titleOf(c.name)}: {t("recast.values", { count: c.lost, samples: names.format((c.samples ?? []).slice(0, 5)) })}
            </li>
          ))}
      </ul>
    </Notice>
  );
}
