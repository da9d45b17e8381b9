// The grocery chain's year, from a folder of files to a number that is right,
// by mouse: files are brought in from a connection, lines are joined to their
// products, promises are made and checked, and what is sold is measured.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { settled } from "../lib/browser.mjs";
import { look } from "../lib/checks.mjs";
import { readCsv } from "../lib/csv.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Connections } from "../pages/connections.mjs";
import { pick } from "../pages/controls.mjs";
import { StepsEditor } from "../pages/prepare.mjs";
import { Quality } from "../pages/quality.mjs";
import { Explore } from "../pages/explore.mjs";
import { MetricForm } from "../pages/metrics.mjs";
import { NorthStar, TargetForm, TreeForm } from "../pages/northstar.mjs";
import { FirstRun, Shell } from "../pages/start.mjs";

const data = new URL("../../../../shared/data/", import.meta.url).pathname;
const folder = `${data}completejourney`;

/** What is in the files, counted here. */
function truth() {
  const lines = readCsv(`${folder}/transactions_sample.csv`);
  const departments = new Map(readCsv(`${folder}/products.csv`).map((p) => [p.product_id, p.department]));
  const coupons = readCsv(`${folder}/coupons.csv`);
  // One value is the rubbish of a floating-point sum, which no amount of money is.
  const rejected = lines.filter((l) => /e/.test(l.sales_value));
  const sold = lines.filter((l) => Number(l.quantity) > 0);
  const cents = {};
  for (const l of sold) {
    const department = departments.get(l.product_id) ?? "UNKNOWN";
    cents[department] = (cents[department] ?? 0) + Math.round(Number(l.sales_value) * 100);
  }
  const last = sold.filter((l) => l.transaction_timestamp >= "2017-12-25");
  return {
    lines: lines.length,
    rejected,
    products: departments.size,
    coupons: coupons.length,
    distinct: new Set(coupons.map((c) => `${c.coupon_upc} ${c.product_id} ${c.campaign_id}`)).size,
    couponed: new Set(coupons.map((c) => c.product_id)).size,
    sold: sold.length,
    unknown: sold.filter((l) => !departments.has(l.product_id)).length,
    week: { revenue: last.reduce((sum, l) => sum + Math.round(Number(l.sales_value) * 100), 0), baskets: new Set(last.map((l) => l.basket_id)).size },
    cents,
  };
}

test("the grocery chain", async (world) => {
  const lang = "en";
  assert.ok(existsSync(folder), `the grocery chain is not at ${folder}`);
  const t = translator(lang);
  const is = truth();
  const { url } = await world.serve({ LODESTAR_FOLDERS: data });
  const { page, problems } = await world.open(url, { lang });
  const looked = async () => {
    await settled(page);
    assert.deepEqual(await look(page, lang), [], page.url());
  };
  await new FirstRun(page, t).create({ title: "Ada Lin", name: "ada", password: "tea and croissants", zone: "America/Chicago", weekStart: "monday", currency: "USD" });

  // Connected: a folder that may be read, and not another one.
  const connections = new Connections(page, t);
  await connections.open();
  await connections.fill({ type: "folder", name: "grocer", title: { zh: "超市", en: "Grocer" }, path: "/etc" });
  assert.match(await connections.try(), /LODESTAR_FOLDERS/);
  await page.getByLabel(t("connections:field.path"), { exact: true }).fill(folder);
  await connections.try();
  await page.getByRole("status").getByText(t("connections:trial.okFiles", { count: 11, millis: 0 }).split(",")[0]).waitFor();
  await connections.save("grocer");
  await looked();
  await connections.look("grocer", "transactions_sample.csv");
  await looked();
  await connections.bringFile({ zh: "明细", en: "Lines", name: "lines", rows: is.lines - 1, key: ["basket_id", "product_id"] });
  await connections.look("grocer", "products.csv");
  await connections.bringFile({ zh: "商品", en: "Products", name: "products", rows: is.products });
  await connections.look("grocer", "coupons.csv");
  await connections.bringFile({ zh: "优惠券", en: "Coupons", name: "coupons", rows: is.coupons });

  // What was set aside is looked at: it is worth nothing.
  await page.goto("/data/lines?tab=rejects");
  await page.getByRole("cell", { name: is.rejected[0].sales_value, exact: true }).waitFor();
  assert.equal(is.rejected.length, 1);
  await looked();

  // Prepared.
  const editor = new StepsEditor(page, t);
  await editor.begin("coupons");
  await editor.add("deduplicate");
  for (const column of ["coupon_upc", "product_id", "campaign_id"]) await editor.group("by").getByRole("checkbox", { name: column }).check();
  await editor.rows(is.distinct);
  await editor.add("aggregate");
  await editor.group("by").getByRole("checkbox", { name: "product_id" }).check();
  await editor.field("name").fill("coupons");
  await editor.rows(is.couponed);
  await editor.publish({ zh: "有券商品", en: "Couponed products", name: "couponed", key: ["product_id"] });
  await page.getByText(t("data:rows", { count: is.couponed }), { exact: true }).first().waitFor();

  await editor.begin("lines");
  await editor.rows(is.lines - 1);
  await editor.add("filter");
  await editor.condition("quantity", ">", "0");
  await editor.rows(is.sold);
  await editor.join({ dataset: "products", here: "product_id", there: "product_id", columns: ["department", "brand"] });
  await editor.rows(is.sold);
  // A product has many coupons: lines would be counted again and again, which is told before it happens.
  await editor.join({ dataset: "coupons", here: "product_id", there: "product_id", columns: ["campaign_id"] });
  await page.getByText(/multipl|more than one/i).first().waitFor();
  await editor.remove(3);
  await editor.rows(is.sold);
  await editor.join({ dataset: "couponed", here: "product_id", there: "product_id", columns: ["coupons"] });
  await editor.rows(is.sold);
  await editor.add("fill");
  await pick(page, t("prepare:field.column"), "department");
  await editor.field("with").fill("UNKNOWN");
  await editor.derive("full_value", "sales_value + retail_disc + coupon_match_disc");
  await editor.rows(is.sold);
  await looked();
  await editor.publish({ zh: "销售", en: "Sales", name: "sales", time: "transaction_timestamp", key: ["basket_id", "product_id"] });
  await page.getByText(t("data:rows", { count: is.sold }), { exact: true }).first().waitFor();

  // Validated: what the rows keep already becomes a promise; what they should keep is written.
  const quality = new Quality(page, t);
  await quality.open("sales");
  await quality.accept(`${t("quality:kind.range")} · sales_value`);
  const known = await quality.begin("expression");
  await known.getByLabel(t("write:build.column"), { exact: true }).first().selectOption("department");
  await known.getByLabel(t("write:build.op"), { exact: true }).first().selectOption("<>");
  await known.getByRole("combobox", { name: t("write:build.operand"), exact: true }).first().fill("UNKNOWN");
  await known.getByRole("button", { name: t("write:build.add"), exact: true }).first().click();
  await known.getByLabel(t("quality:form.titleEn"), { exact: true }).fill("The department is known");
  await known.getByLabel(t("quality:form.titleZh"), { exact: true }).fill("部门已知");
  await known.getByLabel(t("quality:form.severity"), { exact: true }).selectOption("warning");
  await quality.save(known);
  const unique = await quality.begin("unique");
  for (const column of ["basket_id", "product_id"]) await unique.getByRole("checkbox", { name: column, exact: true }).check();
  await quality.save(unique);
  await quality.run();
  await quality.rule("The department is known").getByText(t("quality:measure.rows", { broken: "1", checked: is.sold.toLocaleString(lang), share: "0%" }).split(" (")[0]).waitFor();
  await quality.stands("The department is known", "broken");
  for (const what of ["sales_value", "basket_id"]) await quality.stands(what, "kept");
  await quality.rule("The department is known").getByText(t("quality:examples", { count: 1 })).click();
  await looked();

  // Modelled.
  const metric = new MetricForm(page, t);
  await metric.open();
  await metric.simple({ dataset: "Sales", agg: "sum", of: "sales_value", en: "Revenue", zh: "销售额", name: "revenue", unit: "USD" });
  await metric.open();
  await metric.simple({ dataset: "Sales", agg: "count_distinct", of: "basket_id", en: "Baskets", zh: "购物篮", name: "baskets" });
  await metric.open();
  await metric.ratio({ top: "Revenue", bottom: "Baskets", en: "Basket value", zh: "客单价", name: "basket_value", unit: "USD" });

  // The data are of another year: time ends with them, so that there is a last week.
  await page.goto("/metrics");
  await page.getByRole("button", { name: t("common:oldData.go"), exact: true }).click();
  await page.getByText(t("common:oldData.done"), { exact: true }).waitFor();
  await page.getByRole("button", { name: t("common:oldData.go"), exact: true }).waitFor({ state: "detached" });
  await page.goto("/trees/new-tree");
  await new TreeForm(page, t).draw({ root: "Basket value", guardrail: "Baskets" });
  const headline = new NorthStar(page, t).headline("Basket value");
  await headline.getByRole("link", { name: t("northstar:pace.set") }).click();
  await new TargetForm(page, t).everyWeek(5, 2017);
  await headline.getByText(t(is.week.revenue >= 500 * is.week.baskets ? "northstar:status.ahead" : "northstar:status.behind")).waitFor();
  assert.match(await headline.innerText(), new RegExp(`\\b${(is.week.revenue / is.week.baskets / 100).toFixed(2).replace(".", "\\.")}\\b`));
  await looked();

  await new Shell(page, t).go("explore");
  const explore = new Explore(page, t);
  await explore.take("Revenue");
  await explore.take("department");
  await settled(page);
  await explore.choose("timeLabel", t("explore:time.all"));
  await explore.choose("chip.top", t("explore:chip.all"));
  await settled(page);
  const cells = await explore.full("UNKNOWN");
  const cents = (text) => Math.round(Number(text.replace(/[$,]/g, "")) * 100);
  const total = Object.values(is.cents).reduce((sum, c) => sum + c, 0);
  assert.deepEqual(Object.fromEntries(cells.map(([department, value]) => [department, cents(value)])), { ...is.cents, [t("explore:total")]: total });
  await looked();
  assert.deepEqual(problems, []);
});
