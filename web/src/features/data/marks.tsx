import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Chip, Tooltip } from "@/ui";
import { lateSince } from "./late";
import type { DatasetStatus } from "./types";

/** Whether a dataset keeps its promise. */
export function Freshness({ status }: { status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  if (status.freshness === "fresh") return <Chip tone="good">{t("fresh.fresh")}</Chip>;
  if (status.freshness === "late") {
    const since = lateSince(status.lateBy, lang);
    return <Chip tone="bad">{since === "" ? t("fresh.late") : t("fresh.lateSince", { since })}</Chip>;
  }
  return (
    <Tooltip text={t("fresh.noneHint")} focusable>
      <Chip>{status.version === 0 ? t("fresh.noRows") : t("fresh.none")}</Chip>
    </Tooltip>
  );
}

/** Whether each row can be told from the others. */
export function KeyState({ status, primaryKey }: { status: Pick<DatasetStatus, "keyBroken">; primaryKey: string[] | undefined }) {
  const { t } = useTranslation("data");
  if (primaryKey === undefined || primaryKey.length === 0) return <Chip>{t("keyState.none")}</Chip>;
  if (status.keyBroken === true) return <Chip tone="bad">{t("keyState.broken")}</Chip>;
  return <Chip tone="good">{primaryKey.join(" + ")}</Chip>;
}
