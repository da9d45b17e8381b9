// The strings of the page, so that a test says what it looks for by key and
// runs in every language.
import { readdirSync, readFileSync } from "node:fs";

const locales = new URL("../../src/i18n/locales/", import.meta.url);

export const langs = ["en", "zh-CN"];

function read(lang, area) {
  return JSON.parse(readFileSync(new URL(`${lang}/${area}.json`, locales), "utf8"));
}

const bundles = new Map(
  langs.map((lang) => [lang, new Map(readdirSync(new URL(`${lang}/`, locales)).map((file) => [file.replace(/\.json$/, ""), read(lang, file.replace(/\.json$/, ""))]))]),
);

function find(lang, area, key) {
  let value = bundles.get(lang)?.get(area);
  for (const part of key.split(".")) value = value?.[part];
  return typeof value === "string" ? value : undefined;
}

/** A translator: t("tree.root"), t("data:upload.load", { count: 3 }). */
export function translator(lang) {
  const plural = new Intl.PluralRules(lang);
  const number = new Intl.NumberFormat(lang);
  return (name, values = {}) => {
    const [area, key] = name.split(":");
    const keys = values.count === undefined ? [key] : [`${key}_${plural.select(values.count)}`, `${key}_other`, key];
    const found = [area, "common"].flatMap((a) => keys.map((k) => find(lang, a, k))).find((text) => text !== undefined);
    if (found === undefined) throw new Error(`${lang} has no text for ${name}`);
    return found.replace(/\{\{\s*(\w+)(,\s*number)?\s*\}\}/g, (_, slot) => (typeof values[slot] === "number" ? number.format(values[slot]) : (values[slot] ?? "")));
  };
}

/** Every key path of every area: what a page would show if a text were missing. */
export function allKeys() {
  const keys = new Set();
  const walk = (value, path) => {
    for (const [key, inner] of Object.entries(value)) {
      const here = path === "" ? key : `${path}.${key}`;
      if (typeof inner !== "string") walk(inner, here);
      else if (here.includes(".")) keys.add(here);
    }
  };
  for (const areas of bundles.values()) for (const [area, bundle] of areas) {
    walk(bundle, "");
    walk(bundle, area);
  }
  return [...keys];
}

/** English sentences whose Chinese differs: none of them may stand on a Chinese page. */
export function englishOnly() {
  const out = new Set();
  const walk = (area, value, path) => {
    for (const [key, inner] of Object.entries(value)) {
      const here = path === "" ? key : `${path}.${key}`;
      if (typeof inner !== "string") walk(area, inner, here);
      else if (/ /.test(inner) && !inner.includes("{{") && find("zh-CN", area, here) !== inner) out.add(inner);
    }
  };
  for (const [area, bundle] of bundles.get("en")) walk(area, bundle, "");
  return [...out];
}
