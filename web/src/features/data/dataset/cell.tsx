import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatCell, type Raw } from "@/lib/cell";
import styles from "../data.module.css";

/** Writes values of the warehouse as people read them. */
export function useCell(): (value: Raw, type: string, scale?: number) => string {
  const { lang } = useText();
  const { zone } = useSession().workspace;
  return (value, type, scale) => formatCell(value, type, lang, zone, scale);
}

/** A cell of a preview; no value is said, not left blank. */
export function Cell({ value, type, scale }: { value: Raw; type: string; scale?: number }) {
  const { t } = useTranslation("data");
  const write = useCell();
  return value === null ? <span className={styles["none"]}>{t("columns.nothing")}</span> : <>{write(value, type, scale)}</>;
}
