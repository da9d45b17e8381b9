import i18next, { type FormatterModule } from "i18next";
import { initReactI18next } from "react-i18next";
import { setApiLanguage } from "@/api/client";
import type { Lang } from "@/api/types";
import { formatFull } from "@/lib/number";
import { remember, remembered } from "@/lib/storage";

// Strings live in locales/<lang>/<area>.json. A page loads its areas with its
// code (see app/routes.tsx); only the language in use travels to the browser.

type Bundle = Record<string, unknown>;
const files = import.meta.glob<{ default: Bundle }>("./locales/*/*.json");
const wanted = new Set<string>();

async function load(lang: Lang, area: string): Promise<void> {
  if (i18next.hasResourceBundle(lang, area)) return;
  const file = files[`./locales/${lang}/${area}.json`];
  if (file === undefined) throw new Error(`no strings for ${lang}/${area}`);
  i18next.addResourceBundle(lang, area, (await file()).default);
}

export function currentLang(): Lang {
  return i18next.language === "zh-CN" ? "zh-CN" : "en";
}

/** Makes the strings of an area ready in the current language. */
export async function loadStrings(area: string): Promise<void> {
  wanted.add(area);
  await load(currentLang(), area);
}

function firstLanguage(): Lang {
  const stored = remembered("lang");
  if (stored === "zh-CN" || stored === "en") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

function announce(lang: Lang): void {
  document.documentElement.lang = lang;
  setApiLanguage(lang);
}

/** Switches the language of page and server, and remembers it. */
export async function setLanguage(lang: Lang): Promise<void> {
  await Promise.all([...wanted].map((area) => load(lang, area)));
  remember("lang", lang);
  announce(lang);
  await i18next.changeLanguage(lang);
}

export function languageChosen(): boolean {
  return remembered("lang") !== null;
}

/** Every number that is put into a text is grouped as its language does. */
const numbers: FormatterModule = {
  type: "formatter",
  init: () => undefined,
  add: () => undefined,
  addCached: () => undefined,
  format: (value: unknown, _format, lang) => (typeof value === "number" ? formatFull(value, lang ?? currentLang()) : value) as string,
};

export async function startI18n(): Promise<void> {
  const lang = firstLanguage();
  wanted.add("common");
  await i18next.use(numbers).use(initReactI18next).init({
    lng: lang,
    ns: ["common"],
    defaultNS: "common",
    fallbackNS: "common",
    resources: {},
    fallbackLng: false,
    interpolation: { escapeValue: false, alwaysFormat: true },
    react: { useSuspense: false },
  });
  await load(lang, "common");
  announce(lang);
}
