// The funnel tables are prepared in the browser, without a line of SQL: people
// and the pages that they came to become one row a device, with the published
// numbers. Mistakes are told in place and undone; what follows new rows follows.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { settled } from "../lib/browser.mjs";
import { look } from "../lib/checks.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { StepsEditor } from "../pages/prepare.mjs";
import { FirstRun } from "../pages/start.mjs";
import { Upload } from "../pages/upload.mjs";

const data = new URL("../../../../shared/data/funnel/", import.meta.url).pathname;

for (const lang of ["en", "zh-CN"]) {
  test(`preparing ${lang}`, async (world) => {
    assert.ok(existsSync(data), `the funnel tables are not at ${data}`);
    const expected = JSON.parse(readFileSync(`${data}expected.json`, "utf8"));
    const t = translator(lang);
    const { url } = await world.serve();
    const { page, problems } = await world.open(url, { lang });
    const first = new FirstRun(page, t);
    await first.create({ title: "Ada Lin", name: "ada", password: "tea and croissants", zone: "UTC", weekStart: "monday", currency: "EUR" });
    await first.toUpload();
    const upload = new Upload(page, t);
    const files = ["user_table", "payment_page_table", "payment_confirmation_table"];
    await upload.choose(files.map((name) => ({ name: `${name}.csv`, mimeType: "text/csv", buffer: readFileSync(`${data}${name}.csv`) })));
    await upload.load([90_400, 6030, 452]);

    const editor = new StepsEditor(page, t);
    await editor.begin("user_table");
    await editor.rows(90_400);
    await editor.join({ dataset: "payment_page_table", here: "user_id", there: "user_id", columns: ["payment_page"] });
    await editor.rows(90_400);
    await editor.join({ dataset: "payment_confirmation_table", here: "user_id", there: "user_id", columns: ["payment_confirmation_page"] });
    await editor.rows(90_400);

    // A slip is told where it is, with the word that was meant; undo takes it back.
    await editor.add("filter");
    await editor.write("filter", "payment_pag is not null");
    const meant = page.getByRole("button", { name: t("write:instead", { suggestion: "payment_page" }) });
    await meant.waitFor();
    await meant.click();
    await editor.rows(6030);
    await settled(page);
    assert.deepEqual(await look(page, lang), [], page.url());
    await page.getByRole("button", { name: t("prepare:remove", { n: 3 }) }).click();
    await editor.rows(90_400);
    await page.getByRole("button", { name: t("prepare:undo"), exact: true }).click();
    await page.getByRole("button", { name: t("prepare:remove", { n: 3 }) }).waitFor();
    await page.getByRole("button", { name: t("prepare:remove", { n: 3 }) }).click();

    await editor.add("aggregate");
    await editor.group("by").getByRole("checkbox", { name: "device" }).check();
    await editor.field("name").fill("users");
    await editor.group("values").getByRole("button", { name: t("prepare:addEntry"), exact: true }).click();
    await editor.field("name").last().fill("paying");
    await editor.write("expr", "payment_page");
    await editor.group("values").getByRole("button", { name: t("prepare:addEntry"), exact: true }).click();
    await editor.field("name").last().fill("paid");
    await editor.write("expr", "payment_confirmation_page");
    await editor.rows(2);
    await settled(page);
    const digits = (row) => row.map((c, i) => (i === 0 ? c : c.replace(/\D/g, "")));
    const want = ["Desktop", "Mobile"].map((d) => [d, ...["home_page", "payment_page", "payment_confirmation"].map((k) => String(expected.by_device[d][k]))]);
    assert.deepEqual((await editor.cells()).map(digits).toSorted((a, b) => (a[0] < b[0] ? -1 : 1)), want);

    await editor.publish({ zh: "各设备转化", en: "By device", name: "by_device" });
    await page.goto("/data/by_device");
    const cells = () => page.getByRole("tabpanel").locator("tbody tr").evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => c.textContent)));
    for (let tries = 0; tries < 60 && (await cells()).length !== 2; tries++) {
      await page.waitForTimeout(500);
      await page.reload();
      await settled(page);
    }
    assert.deepEqual((await cells()).map(digits).toSorted((a, b) => (a[0] < b[0] ? -1 : 1)), want);

    for (const tab of ["profile", "quality", "relations", "columns", "loads", "rollups", "code"]) {
      await page.goto(`/data/by_device?tab=${tab}`);
      await settled(page);
      assert.deepEqual(await look(page, lang), [], page.url());
      assert.equal(await page.getByRole("heading", { name: t("common:error.title") }).count(), 0, `an error at ${page.url()}`);
    }

    // The steps are there to be gone on with, and what was written is kept.
    await page.getByRole("link", { name: t("data:dataset.steps"), exact: true }).click();
    await editor.rows(2);
    await settled(page);
    assert.deepEqual(await look(page, lang), [], page.url());
    assert.deepEqual(problems, []);
  });
}
