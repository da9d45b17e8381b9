// What must hold on every page: nothing wider than the window, no text missing,
// no serious barrier.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { allKeys, englishOnly } from "./words.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const keys = allKeys();
const english = englishOnly();

/** What is wrong with the texts and the width of the page, as sentences. */
export async function look(page, lang) {
  return page.evaluate(
    ({ lang: wanted, keyList, englishList }) => {
      const found = [];
      const root = document.documentElement;
      if (root.lang !== wanted) found.push(`the document says lang="${root.lang}"`);
      if (root.scrollWidth > root.clientWidth) {
        const wide = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1);
        const names = wide.slice(-3).map((e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}`);
        found.push(`${root.scrollWidth} px in a window of ${root.clientWidth}: ${names.join(", ")}`);
      }
      const missing = new Set(keyList);
      const foreign = new Set(wanted === "zh-CN" ? englishList : []);
      const judge = (text, where) => {
        const clean = text.trim();
        if (clean === "") return;
        if (missing.has(clean)) found.push(`a key instead of a text: ${clean} (${where})`);
        else if (/\{\{|\}\}/.test(clean)) found.push(`a placeholder: ${clean.slice(0, 80)} (${where})`);
        else if (/\b(undefined|NaN|\[object Object\])\b/.test(clean)) found.push(`no text: ${clean.slice(0, 80)} (${where})`);
        else if (foreign.has(clean)) found.push(`English on a Chinese page: ${clean} (${where})`);
      };
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const around = node.parentElement;
        if (around === null || around.closest("script, style, code, pre, textarea, kbd") !== null) continue;
        judge(node.nodeValue ?? "", around.tagName.toLowerCase());
      }
      for (const element of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]")) {
        for (const name of ["aria-label", "title", "placeholder", "alt"]) judge(element.getAttribute(name) ?? "", name);
      }
      return found;
    },
    { lang, keyList: keys, englishList: english },
  );
}

/** Serious and critical violations, as sentences; with `only`, of these rules. */
export async function barriers(page, only) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  return page.evaluate(async (rules) => {
    const result = await window.axe.run(document, { resultTypes: ["violations"], ...(rules === undefined ? {} : { runOnly: { type: "rule", values: rules } }) });
    return result.violations
      .filter((v) => v.impact === "serious" || v.impact === "critical")
      .map((v) => `${v.impact}: ${v.help} (${v.id}), ${v.nodes.length}×, first ${v.nodes[0]?.target.join(" ")}: ${(v.nodes[0]?.any[0]?.message ?? "").slice(0, 160)}`);
  }, only);
}
