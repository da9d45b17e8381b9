import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/types";
import { useText } from "@/i18n/useText";

/** What a person should read of a finding: its text, and a suggestion that the text does not name already. */
export function useFindingText(): (finding: Finding) => string {
  const { t } = useTranslation("write");
  const { pick } = useText();
  return (f) => {
    const text = pick(f.text);
    const more = f.suggestion !== undefined && f.suggestion !== "" && !text.includes(f.suggestion);
    return more ? `${text} ${t("code.suggestion", { suggestion: f.suggestion })}` : text;
  };
}
