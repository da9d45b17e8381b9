import { useTranslation } from "react-i18next";
import type { Freshness } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { dayIn, formatAgo, formatDay, formatInstant } from "@/lib/date";
import { Chip, Tooltip } from "@/ui";

/** How fresh the data behind a metric are. */
export function Trust({ freshness }: { freshness: Freshness | null | undefined }) {
  const { t } = useTranslation("metrics");
  const { lang } = useText();
  const zone = useSession().workspace.zone;
  const loaded = formatInstant(freshness?.loadedAt, zone, lang);
  if (!freshness || loaded === "") return <Chip>{t("trust.none")}</Chip>;
  const newest = formatInstant(freshness.dataTo, zone, lang);
  return (
    <Tooltip text={[t("trust.loaded", { at: loaded }), newest === "" ? "" : t("trust.dataTo", { at: newest })].filter(Boolean).join("\n")} focusable>
      {freshness.late === true ? (
        <Chip tone="watch" icon="clock">
          {t("trust.late", { at: formatDay(dayIn(newest === "" ? freshness.loadedAt : (freshness.dataTo ?? ""), zone), lang, false) })}
        </Chip>
      ) : (
        <Chip tone="good">{t("trust.fresh", { ago: formatAgo(freshness.loadedAt, lang) })}</Chip>
      )}
    </Tooltip>
  );
}
