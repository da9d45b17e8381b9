// A process made by hand: it tells what is missing, and the page of a metric
// says who moves it.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { look } from "../lib/checks.mjs";
import { test } from "../lib/suite.mjs";
import { langs, translator } from "../lib/words.mjs";
import { pick } from "../pages/controls.mjs";

for (const lang of langs) {
  test(`a process by hand, ${lang}`, async (world) => {
    const t = translator(lang);
    const say = (en, zh) => (lang === "en" ? en : zh);
    const { url } = await world.serve();
    const { page, context, problems } = await world.open(url, { lang });
    const send = async (method, path, data) => {
      const answer = await context.request.fetch(`/api/v1${path}`, { method, data, headers: { Origin: url } });
      assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
      return answer.json();
    };
    await send("POST", "/setup", { name: "ada", title: "Ada", password: "tea and croissants", lang, zone: "UTC", weekStart: "monday", currency: "CNY" });
    await send("PUT", "/datasets/calls", { metadata: { name: "calls", title: { zh: "回电记录", en: "Calls" } }, spec: { columns: [{ name: "id", type: "integer" }, { name: "day", type: "date" }], time: "day" } });
    await send("PUT", "/metrics/calls_made", { metadata: { name: "calls_made", title: { zh: "回电数", en: "Calls made" } }, spec: { type: "simple", dataset: "calls", agg: "count" } });
    await send("PUT", "/metrics/alone", { metadata: { name: "alone", title: { zh: "无人推动", en: "Moved by nobody" } }, spec: { type: "simple", dataset: "calls", agg: "count" } });
    await send("PUT", "/events/lead_created", { metadata: { name: "lead_created", title: { zh: "新线索", en: "Lead created" } }, spec: {} });

    // From what a process is to the form.
    await page.goto("/data");
    await page.getByRole("link", { name: t("data:home.processes"), exact: true }).click();
    await page.getByText(t("process:list.emptyText")).waitFor();
    await page.getByRole("link", { name: t("process:list.new"), exact: true }).first().click();
    await page.getByLabel(t("write:title.zh"), { exact: true }).fill("销售");
    await page.getByLabel(t("write:title.en"), { exact: true }).fill("Sales");
    const step = (n) => page.getByRole("group").filter({ has: page.getByLabel(t("process:form.titleZh"), { exact: true }) }).nth(n);
    const write = async (n, fields) => {
      for (const [key, value] of Object.entries(fields)) await step(n).getByLabel(t(`process:form.${key}`), { exact: true }).fill(value);
    };
    await write(0, { titleZh: "回访", titleEn: "Call after delivery", stageZh: "售后", stageEn: "After-sales" });
    await page.getByRole("button", { name: t("process:form.add"), exact: true }).click();
    assert.equal(await step(1).getByLabel(t("process:form.stageEn"), { exact: true }).inputValue(), "After-sales");
    await write(1, { titleZh: "回应线索", titleEn: "Answer leads", stageZh: "售前", stageEn: "Pre-sales", whoZh: "销售顾问", whoEn: "Sales advisers", doesZh: "十分钟内回电", doesEn: "call back within ten minutes" });
    await pick(step(1), t("process:form.metrics"), say("Calls made", "回电数"));
    await pick(step(1), t("process:form.events"), say("Lead created", "新线索"));
    await page.getByRole("button", { name: t("process:form.up", { name: say("Answer leads", "回应线索") }), exact: true }).click();
    // A name that is none is told where it was written.
    const name = step(0).getByLabel(t("process:form.name"), { exact: true });
    await name.fill("Answer leads");
    await step(0).locator("input[aria-invalid]").and(name).waitFor();
    await name.fill("answer");
    await page.getByText(t("write:code.asCode"), { exact: true }).click();
    await page.locator("pre").filter({ hasText: "kind: Process" }).filter({ hasText: "name: answer" }).waitFor();
    await page.getByRole("button", { name: t("common:save"), exact: true }).click();
    await page.waitForURL((at) => at.pathname === "/data/processes/sales");
    const { metadata, spec } = await send("GET", "/processes/sales");
    assert.deepEqual([metadata.name, metadata.owner, metadata.title], ["sales", "ada", { zh: "销售", en: "Sales" }]);
    assert.deepEqual(spec.steps, [
      { name: "answer", stage: { zh: "售前", en: "Pre-sales" }, title: { zh: "回应线索", en: "Answer leads" }, who: { zh: "销售顾问", en: "Sales advisers" }, does: { zh: "十分钟内回电", en: "call back within ten minutes" }, metrics: ["calls_made"], events: ["lead_created"] },
      { name: "call_after_delivery", stage: { zh: "售后", en: "After-sales" }, title: { zh: "回访", en: "Call after delivery" } },
    ]);

    // What is missing is told, in order of the steps.
    const gaps = page.getByRole("region", { name: t("process:page.gaps"), exact: true }).or(page.locator("section").filter({ has: page.getByRole("heading", { name: t("process:page.gaps"), exact: true }) })).first();
    await gaps.getByRole("listitem").nth(2).waitFor();
    const told = await gaps.getByRole("listitem").allInnerTexts();
    assert.deepEqual(told.map((text) => ["not_collected", "silent", "unmeasured"].find((code) => text.includes(t(`process:gap.${code}`)))), ["not_collected", "silent", "unmeasured"], told.join("\n"));
    assert.ok(told[0].includes(say("Calls", "回电记录")) && told[2].includes(say("Call after delivery", "回访")), told.join("\n"));
    await page.getByRole("link", { name: say("Moved by nobody", "无人推动"), exact: true }).waitFor();
    await settled(page);
    assert.deepEqual(await look(page, lang), []);

    // The metric says who moves it, and leads back to the step.
    await page.getByRole("link", { name: say("Calls made", "回电数"), exact: true }).first().click();
    await page.getByText(say("Sales advisers: call back within ten minutes", "销售顾问：十分钟内回电"), { exact: true }).waitFor();
    const back = page.getByRole("link", { name: say("Sales › Answer leads", "销售 › 回应线索"), exact: true });
    await back.click();
    await page.waitForURL((at) => at.pathname === "/data/processes/sales" && at.hash === "#answer");
    await page.locator('[aria-current="step"]').filter({ hasText: say("Answer leads", "回应线索") }).waitFor();
    await page.getByRole("heading", { name: say("Pre-sales", "售前"), exact: true }).waitFor();

    // It is found like anything else.
    await page.keyboard.press("/");
    await page.getByRole("combobox").last().fill(say("call back within", "十分钟内"));
    await page.getByRole("option").filter({ hasText: say("Sales", "销售") }).first().waitFor();
    await page.keyboard.press("Escape");
    assert.deepEqual(problems, []);
  });
}
