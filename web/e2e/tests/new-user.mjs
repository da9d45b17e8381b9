// What a new user does, from an empty workspace to knowing why a number moved,
// without touching a file of definitions.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { shop } from "../lib/shop.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Explore } from "../pages/explore.mjs";
import { MetricForm } from "../pages/metrics.mjs";
import { NorthStar, TargetForm, TreeForm } from "../pages/northstar.mjs";
import { FirstRun, Shell } from "../pages/start.mjs";
import { Upload } from "../pages/upload.mjs";

const zone = "Asia/Shanghai";
const titles = {
  orders: { en: "Orders", zh: "订单", name: "orders" },
  stores: { en: "Stores", zh: "门店", name: "stores" },
  products: { en: "Products", zh: "商品", name: "products" },
  revenue: { en: "Revenue", zh: "营业额", name: "revenue", unit: "CNY" },
  count: { en: "Number of orders", zh: "订单数", name: "order_count" },
  value: { en: "Average order value", zh: "客单价", name: "order_value", unit: "CNY" },
};

for (const lang of ["en", "zh-CN"]) {
  test(`new user, ${lang}`, async (world) => {
    const t = translator(lang);
    const own = (key) => titles[key][lang === "en" ? "en" : "zh"];
    const data = shop(lang, new Date(), zone);
    const { url } = await world.serve();
    const { page, context, problems } = await world.open(url, { lang });

    const first = new FirstRun(page, t);
    await first.create({ title: lang === "en" ? "Ada Lin" : "林知夏", name: "ada", password: "tea and croissants", zone, weekStart: "monday", currency: "CNY" });
    await first.toUpload();

    const upload = new Upload(page, t);
    const files = Object.values(data.files);
    await upload.choose(files);
    for (const key of ["orders", "stores", "products"]) await upload.describe(data.files[key].name, titles[key]);
    await upload.load(Object.values(data.rows));
    await upload.acceptRelations(2);
    await upload.toMetric();

    const metric = new MetricForm(page, t);
    await metric.simple({ dataset: own("orders"), agg: "sum", of: data.headers.amount, ...titles.revenue });
    await metric.open();
    await metric.simple({ dataset: own("orders"), agg: "count", ...titles.count });
    await metric.open();
    await metric.ratio({ top: own("revenue"), bottom: own("count"), ...titles.value });

    const shell = new Shell(page, t);
    await shell.go("northStar");
    await page.getByRole("link", { name: t("northstar:empty.tree"), exact: true }).first().click();
    await new TreeForm(page, t).draw({ root: own("value"), guardrail: own("count") });

    const star = new NorthStar(page, t);
    const headline = star.headline(own("value"));
    await headline.getByRole("link", { name: t("northstar:pace.set") }).click();
    await new TargetForm(page, t).everyWeek(18, Number(data.week.slice(0, 4)));

    // The value of the week, its pace and its verdict.
    await headline.getByText(t("northstar:status.behind")).waitFor();
    const value = (await headline.innerText()).match(/\d+\.\d+/)?.[0];
    assert.ok(Number(value) > 14 && Number(value) < 17, `the average order value of the week is ${value}`);
    const verdict = await star.verdict();
    assert.equal(verdict.word, t("northstar:verdict.watch"), "a value behind its target is to be watched");
    assert.ok(verdict.reasons.length > 0, "the verdict has no reasons");

    // Why: the sentence names the store whose prices fell, and no other.
    const sentence = await star.sentence();
    assert.ok(sentence.includes(data.planted), `the sentence does not name ${data.planted}: ${sentence}`);
    for (const other of data.stores.slice(1)) assert.ok(!sentence.includes(other), `the sentence names ${other}: ${sentence}`);

    // Explore: revenue by store, the same table for whoever opens the link.
    await shell.go("explore");
    const explore = new Explore(page, t);
    await explore.take(own("revenue"));
    await explore.take(data.headers.store);
    const cells = await explore.cells(...data.stores);
    await settled(page);
    const other = await world.open(url, { lang, state: await context.storageState() });
    await other.page.goto(page.url());
    assert.deepEqual(await new Explore(other.page, t).cells(...data.stores), cells, "the shared link shows another table");

    const csv = await explore.download("CSV");
    const lines = csv.bytes.toString("utf8").trim().split(/\r?\n/);
    assert.match(csv.name, /\.csv$/);
    for (const store of data.stores) assert.ok(lines.some((line) => line.includes(store)), `the CSV lacks ${store}`);
    const xlsx = await explore.download("XLSX");
    assert.match(xlsx.name, /\.xlsx$/);
    assert.equal(xlsx.bytes.subarray(0, 2).toString(), "PK", "the XLSX is no workbook");

    assert.deepEqual([...problems, ...other.problems], []);
  });
}
