import { useTranslation } from "react-i18next";
import { inLang } from "@/api/client";
import type { Text } from "@/api/types";

/** The language in use, and a function that picks it out of a two-language text. */
export function useText(): { lang: string; pick: (text: Text | string | undefined | null, fallback?: string) => string } {
  const { i18n } = useTranslation();
  const lang = i18n.language;
  return { lang, pick: (text, fallback = "") => inLang(text, lang) || fallback };
}
