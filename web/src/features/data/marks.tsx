import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { Chip, Tooltip } from "@/ui";
import { lateSince } from "./late";
import type { DatasetStatus } from "./types";

/** Whether a dataset keeps its promise, and how many rows do not count for that. */
export function Freshness({ status }: { status: DatasetStatus }) {
  return (
    <>
      <Promised status={status} /> <Future status={status} />
    </>
  );
}

function Future({ status }: { status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  if (status.future === undefined) return null;
  return (
    <Tooltip text={t("fresh.futureHint", { at: formatInstant(status.futureTo, zone, lang) })} focusable>
      <Chip tone="watch">{t("fresh.future", { count: status.future })}</Chip>
    </Tooltip>
  );
}

function Promised({ status }: { status: DatasetStatus }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  if (status.freshness === "fresh") return <Chip tone="good">{t("fresh.fresh")}</Chip>;
  if (status.freshness === "late") {
    const since = lateSince(status.lateBy, lang);
    return <Chip tone="bad">{since === "" ? t("fresh.late") : t("fresh.lateSince", { since })}</Chip>;
  }
  if (status.promise !== undefined && status.future !== undefined) {
    return (
      <Tooltip text={t("fresh.unknownHint")} focusable>
        <Chip>{t("fresh.unknown")}</Chip>
      </Tooltip>
    );
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
