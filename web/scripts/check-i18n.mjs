// Every language has the same keys, every key that the code asks for exists,
// and no key is left over. A key is asked for with t("a.b") or t(`a.${x}`).
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const src = new URL("../src/", import.meta.url).pathname;
const locales = join(src, "i18n/locales");
const langs = readdirSync(locales);
const problems = [];

function flatten(value, prefix, out) {
  for (const [key, inner] of Object.entries(value)) {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (typeof inner === "string") out.set(path, inner);
    else flatten(inner, path, out);
  }
  return out;
}

// area → language → key → text
const areas = new Map();
for (const lang of langs) {
  for (const file of readdirSync(join(locales, lang))) {
    const area = file.replace(/\.json$/, "");
    if (!areas.has(area)) areas.set(area, new Map());
    areas.get(area).set(lang, flatten(JSON.parse(readFileSync(join(locales, lang, file), "utf8")), "", new Map()));
  }
}

const placeholders = (text) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((m) => m[1]).sort().join();
// Plural forms exist only in languages that have them.
const stem = (key) => key.replace(/_(zero|one|two|few|many|other)$/, "");
for (const [area, byLang] of areas) {
  for (const lang of langs) {
    const own = byLang.get(lang);
    if (own === undefined) {
      problems.push(`${lang}/${area}.json is missing`);
      continue;
    }
    const stems = new Set([...own.keys()].map(stem));
    for (const [other, keys] of byLang) {
      for (const [key, text] of keys) {
        if (!stems.has(stem(key))) problems.push(`${lang}/${area}: lacks ${key}, which ${other} has`);
        const mine = own.get(key);
        if (mine !== undefined && placeholders(mine) !== placeholders(text)) problems.push(`${lang}/${area}: ${key} has other placeholders than ${other}`);
      }
    }
    for (const [key, text] of own) if (text.trim() === "") problems.push(`${lang}/${area}: ${key} is empty`);
  }
}

function files(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    if (statSync(path).isDirectory()) return files(path);
    return /\.tsx?$/.test(name) && !/\.test\./.test(name) ? [path] : [];
  });
}

const used = new Map([...areas.keys()].map((area) => [area, new Set()]));
for (const path of files(src)) {
  const code = readFileSync(path, "utf8");
  const named = [...code.matchAll(/useTranslation\(\s*\[?([^)\]]*)/g)].flatMap((m) => [...m[1].matchAll(/"(\w+)"/g)].map((n) => n[1]));
  const reach = [...new Set([...named, "common"])];
  const has = (key) => reach.filter((area) => [...(areas.get(area)?.get("en")?.keys() ?? [])].some((k) => k === key || stem(k) === key));
  // Asked for: t("key"), and texts that happen to be keys (held in tables).
  for (const m of code.matchAll(/\bt\(\s*"([^"]+)"/g)) {
    if (has(m[1]).length === 0) problems.push(`${relative(src, path)}: no text for ${m[1]}`);
  }
  for (const m of code.matchAll(/"([A-Za-z][\w.]*)"/g)) {
    for (const area of has(m[1])) {
      for (const key of areas.get(area).get("en").keys()) if (key === m[1] || stem(key) === m[1]) used.get(area).add(key);
    }
  }
  for (const m of code.matchAll(/`([A-Za-z][\w.]*\.)\$\{/g)) {
    for (const area of reach) for (const key of areas.get(area)?.get("en")?.keys() ?? []) if (key.startsWith(m[1])) used.get(area).add(key);
  }
}
for (const [area, byLang] of areas) {
  for (const key of byLang.get("en")?.keys() ?? []) {
    if (!used.get(area).has(key)) problems.push(`en/${area}: ${key} is never used`);
  }
}

if (problems.length > 0) {
  console.error([...new Set(problems)].join("\n"));
  process.exit(1);
}
console.log(`${areas.size} areas, ${langs.length} languages: complete`);
