// Writing formulas and the metrics that need one: completion, an error where it
// is, the preview, and the definition as YAML.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { look } from "../lib/checks.mjs";
import { test } from "../lib/suite.mjs";
import { langs, translator } from "../lib/words.mjs";
import { pick } from "../pages/controls.mjs";
import { MetricForm } from "../pages/metrics.mjs";

for (const lang of langs) {
  const t = translator(lang);

  test(`a formula is written with help (${lang})`, async (world) => {
    const { url } = await world.demo();
    const { page, problems } = await world.open(url, { lang });
    await page.goto(url);
    await page.goto("/metrics/new-metric?dataset=orders");
    const field = page.getByRole("textbox", { name: t("metrics:form.where"), exact: true });
    await page.locator(".cm-content").first().waitFor();

    // A relationship by the title of what it leads to, then a column there.
    await field.click();
    await page.keyboard.insertText(lang === "en" ? "Stor" : "门店");
    const offer = page.locator(".cm-tooltip-autocomplete li");
    await offer.filter({ hasText: /^store/ }).filter({ hasText: "→" }).first().click();
    await offer.filter({ hasText: /^city(?!_)/ }).first().click();
    await offer.filter({ hasText: /^name(?!_)/ }).first().click();
    assert.match(await field.innerText(), /^store\.city\.name/);

    // A column misspelt is underlined, and mended by keyboard.
    await field.fill("chanel <> 'x'");
    const mend = page.getByRole("button", { name: t("write:instead", { suggestion: "channel" }), exact: true });
    await mend.waitFor();
    assert.equal(await page.locator(".cm-lintRange-error").first().innerText(), "chanel");
    await mend.focus();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent === "channel <> 'x'");

    // What it means for the rows is told before anything is stored.
    await page.getByText(t("write:means", { type: t("write:type.boolean") })).first().waitFor();
    await settled(page);
    await page.getByRole("figure").first().waitFor();
    assert.deepEqual(await look(page, lang), []);
    assert.deepEqual(problems, []);
  });

  test(`metrics over other times by form (${lang})`, async (world) => {
    const { url } = await world.demo();
    const { page, problems } = await world.open(url, { lang });
    await page.goto(url);
    const form = new MetricForm(page, t);
    const suffix = lang.slice(0, 2);

    await form.open();
    await form.way("cumulative");
    await pick(page, t("metrics:timed.what"), "revenue");
    await page.getByLabel(t("metrics:timed.last"), { exact: true }).fill("28");
    await settled(page);
    assert.deepEqual(await look(page, lang), []);
    await form.finish({ zh: `近二十八天销售额 ${suffix}`, en: `Revenue of 28 days ${suffix}`, name: `revenue_28_${suffix}` });

    await form.open();
    await form.way("conversion");
    await pick(page, t("metrics:timed.conversion.base"), "orders");
    await pick(page, t("metrics:timed.conversion.came"), "orders");
    await page.getByLabel(t("metrics:timed.who"), { exact: true }).selectOption("member_id");
    await settled(page);
    assert.deepEqual(await look(page, lang), []);
    await form.finish({ zh: `再次下单 ${suffix}`, en: `Ordered again ${suffix}`, name: `again_${suffix}` });

    // As code: a wrong word is marked where it stands; keys come from the schema.
    await page.goto(`/metrics/again_${suffix}?tab=code`);
    const code = page.getByRole("textbox", { name: t("write:code.label"), exact: true });
    await page.locator(".cm-content").first().waitFor();
    const text = (await code.innerText()).trimEnd();
    assert.match(text, /window: "?7 days"?/);
    await code.click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("  calcu");
    await page.locator(".cm-tooltip-autocomplete li").filter({ hasText: "calculation" }).first().click();
    await page.locator(".cm-tooltip-autocomplete li").filter({ hasText: "count" }).first().click();
    await page.waitForFunction(() => document.querySelector(".cm-content")?.textContent?.includes("calculation: count"));
    await settled(page);
    assert.deepEqual(await look(page, lang), []);
    assert.deepEqual(problems, []);
  });
}

test("sums are kept, compared and dropped", async (world) => {
  const lang = "en";
  const t = translator(lang);
  const { url } = await world.demo();
  const { page, problems } = await world.open(url, { lang });
  await page.goto(url);
  await page.goto("/data/visits?tab=rollups");
  await page.getByRole("button", { name: t("data:rollups.new"), exact: true }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(t("data:rollups.grain"), { exact: true }).selectOption("week");
  await dialog.getByRole("checkbox").first().check();
  await settled(page);
  assert.deepEqual(await look(page, lang), []);
  await dialog.getByRole("button", { name: t("data:rollups.keep"), exact: true }).click();
  await page.getByRole("button", { name: t("data:rollups.refresh"), exact: true }).click();
  await page.getByText(t("data:rollups.states.fresh")).first().waitFor();
  await page.getByRole("button", { name: t("data:rollups.verify"), exact: true }).click();
  await page.getByText(/^Compared [\d,]+ values with the rows: all the same\.$/).first().waitFor();
  await settled(page);
  assert.deepEqual(await look(page, lang), []);
  await page.getByRole("button", { name: t("data:rollups.remove"), exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: t("data:rollups.remove"), exact: true }).click();
  await page.getByText(t("data:rollups.none"), { exact: true }).waitFor();
  assert.deepEqual(problems, []);
});

test("whoever writes before the editor is there goes on in it", async (world) => {
  const t = translator("en");
  const { url } = await world.demo();
  const { page, problems } = await world.open(url, { lang: "en" });
  await page.goto(url);
  let come;
  const wait = new Promise((resolve) => (come = resolve));
  await page.route("**/assets/expr-*.js", async (route) => {
    await wait;
    await route.continue();
  });
  await page.goto("/metrics/new-metric?dataset=orders");
  const field = page.getByRole("textbox", { name: t("metrics:form.where"), exact: true });
  await field.click();
  await page.keyboard.type("channel 'app'");
  for (let i = 0; i < 5; i++) await page.keyboard.press("ArrowLeft");
  come();
  await page.locator(".cm-content").first().waitFor();
  await page.keyboard.type("= ");
  const written = () => page.evaluate(() => `${document.activeElement?.tagName} ${document.activeElement?.textContent}`);
  for (let i = 0; i < 50 && (await written()) !== "DIV channel = 'app'"; i++) await page.waitForTimeout(100);
  assert.equal(await written(), "DIV channel = 'app'");
  assert.deepEqual(problems, []);
});
