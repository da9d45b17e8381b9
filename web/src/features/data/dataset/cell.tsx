import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import styles from "../data.module.css";
import type { Raw } from "../types";

/** Whether values of a type stand at the end of their column. */
export const isNumber = (type: string) => type === "integer" || type === "decimal" || type === "float";

/** Writes values of the warehouse as people read them. */
export function useCell(): (value: Raw, type: string) => string {
  const { lang } = useText();
  const { zone } = useSession().workspace;
  return (value, type) => {
    if (value === null) return "";
    if (type === "timestamp" && typeof value === "string") {
      const date = new Date(value);
      return Number.isNaN(date.getTime()) ? value : new Intl.DateTimeFormat("sv-SE", { timeZone: zone || "UTC", dateStyle: "short", timeStyle: "medium" }).format(date);
    }
    if (typeof value === "number" && type !== "integer") return formatFull(value, lang);
    return String(value);
  };
}

/** A cell of a preview; no value is said, not left blank. */
export function Cell({ value, type }: { value: Raw; type: string }) {
  const { t } = useTranslation("data");
  const write = useCell();
  return value === null ? <span className={styles["none"]}>{t("columns.nothing")}</span> : <>{write(value, type)}</>;
}
