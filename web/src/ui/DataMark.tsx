import { useTranslation } from "react-i18next";
import type { Distrust } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Icon } from "./Icon";
import { Chip } from "./Surface";
import { Tooltip } from "./Tooltip";

/** What is wrong with the data behind a number, a line for each promise that is broken. */
export function useDoubts(distrust: readonly Distrust[] | null | undefined): string[] {
  const { t } = useTranslation("common");
  const { pick } = useText();
  return (distrust ?? []).map((d) => t("doubt.line", { dataset: pick(d.title, d.dataset), rule: pick(d.label, d.rule), day: d.since.slice(0, 10) }));
}

/** Marks a number whose data are not what was promised; nothing where they are. */
export function DataMark({ distrust, small }: { distrust: readonly Distrust[] | null | undefined; small?: boolean }) {
  const { t } = useTranslation("common");
  const doubts = useDoubts(distrust);
  if (doubts.length === 0) return null;
  const words = doubts.join("\n");
  if (small === true) {
    return (
      <span title={`${t("doubt.mark")}\n${words}`} data-doubt>
        <Icon name="alert" size={14} />
        <span className="sr-only">
          {t("doubt.mark")}. {words}
        </span>
      </span>
    );
  }
  return (
    <Tooltip text={words} focusable>
      <Chip tone="bad" icon="alert">
        {t("doubt.mark")}
      </Chip>
    </Tooltip>
  );
}
