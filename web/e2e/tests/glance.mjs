// The data at a glance: what needs somebody first, with what it distorts, and a search.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { test } from "../lib/suite.mjs";
import { langs, translator } from "../lib/words.mjs";

for (const lang of langs) {
  test(`data at a glance, ${lang}`, async (world) => {
    const t = translator(lang);
    const word = (en, zh) => (lang === "en" ? en : zh);
    const { url } = await world.demo();
    const { page, problems } = await world.open(url, { lang });
    await page.goto(url);
    await page.goto("/data");
    const trouble = page.getByRole("list", { name: t("data:trouble.title"), exact: true }).getByRole("listitem");
    const complaints = await trouble.filter({ hasText: word("Complaints", "投诉") }).first().innerText();
    assert.ok(complaints.includes(t("data:trouble.distorts", { count: 4 })), complaints);
    const order = await trouble.filter({ hasText: word("Order placed in the app", "小程序下单") }).innerText();
    assert.ok(order.includes(t("data:trouble.distorts", { count: 2 })), order);

    const rows = page.getByRole("region", { name: t("data:home.list"), exact: true }).getByRole("rowheader");
    assert.match(await rows.first().innerText(), new RegExp(word("Complaints", "投诉")));
    await page.getByRole("searchbox", { name: t("data:home.search"), exact: true }).fill(word("door shop", "进店人次"));
    await rows.nth(1).waitFor({ state: "detached" });
    assert.match(await rows.innerText(), new RegExp(word("Visits", "客流")));
    assert.equal(new URL(page.url()).searchParams.get("q"), word("door shop", "进店人次"));
    await page.getByRole("searchbox", { name: t("data:home.search"), exact: true }).fill("xyzzy");
    await page.getByRole("button", { name: t("data:home.showAll"), exact: true }).click();
    await rows.nth(1).waitFor();

    // The dialogs of quarantine call an event by its title.
    await page.goto("/data/events?tab=quarantine");
    await page.getByRole("button", { name: t("events:mend.open"), exact: true }).first().click();
    await page.getByRole("dialog", { name: t("events:mend.title", { event: word("Order placed in the app", "小程序下单") }), exact: true }).waitFor();
    await settled(page);
    assert.deepEqual(problems, []);
  });
}
