// The purchase log of a shop for records, a text of columns divided by blanks:
// purchases of one day become one order, first orders make cohorts, and the
// table of cohorts is the published one.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { settled } from "../lib/browser.mjs";
import { look } from "../lib/checks.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Connections } from "../pages/connections.mjs";
import { Explore } from "../pages/explore.mjs";
import { MetricForm } from "../pages/metrics.mjs";
import { pick } from "../pages/controls.mjs";
import { StepsEditor } from "../pages/prepare.mjs";
import { Quality } from "../pages/quality.mjs";
import { FirstRun, Shell } from "../pages/start.mjs";

const data = new URL("../../../../shared/data/", import.meta.url).pathname;
const folder = `${data}cdnow`;

/** What is in the file, counted here, and what was published about it. */
function truth() {
  const rows = readFileSync(`${folder}/CDNOW_master.txt`, "utf8").split("\n").slice(1).map((line) => line.trim().split(/\s+/)).filter((cells) => cells.length === 4);
  const orders = new Map(); // what was paid, in cents, by customer and day
  for (const [customer, day, , dollars] of rows) orders.set(`${customer} ${day}`, (orders.get(`${customer} ${day}`) ?? 0) + Math.round(Number(dollars) * 100));
  return {
    rows: rows.length,
    orders,
    customers: new Set(rows.map(([customer]) => customer)).size,
    cents: rows.reduce((sum, [, , , dollars]) => sum + Math.round(Number(dollars) * 100), 0),
    published: JSON.parse(readFileSync(`${folder}/expected.json`, "utf8")),
  };
}

test("the purchase log", async (world) => {
  const lang = "zh-CN";
  assert.ok(existsSync(folder), `the purchase log is not at ${folder}`);
  const t = translator(lang);
  const is = truth();
  assert.deepEqual([is.rows, is.customers, is.cents / 100], [is.published.rows, is.published.customers, is.published.revenue]);
  const { url } = await world.serve({ LODESTAR_FOLDERS: data });
  const { page, problems } = await world.open(url, { lang });
  const looked = async () => {
    await settled(page);
    assert.deepEqual(await look(page, lang), [], page.url());
  };
  await new FirstRun(page, t).create({ title: "林知夏", name: "lin", password: "tea and croissants", zone: "UTC", weekStart: "monday", currency: "USD" });

  // Connected: what the columns are is found out, blanks between them and all.
  const connections = new Connections(page, t);
  await connections.open();
  await connections.fill({ type: "folder", name: "records", title: { zh: "唱片店", en: "Records" }, path: folder });
  await connections.try();
  await connections.save("records");
  await connections.look("records", "CDNOW_master.txt");
  assert.equal(await page.getByLabel(t("data:format.delimiter"), { exact: true }).inputValue(), "blanks");
  await looked();
  await connections.bringFile({ zh: "购买记录", en: "Purchases", name: "purchases", rows: is.rows });

  // Prepared: an order is what a customer bought in a day, and knows the customer's first day.
  const editor = new StepsEditor(page, t);
  await editor.begin("purchases");
  await editor.add("aggregate");
  await editor.group("by").getByRole("checkbox", { name: "customer_id" }).check();
  await editor.field("name").fill("first_day");
  await editor.field("agg").selectOption("min");
  await editor.write("expr", "date");
  await editor.rows(is.customers);
  await looked();
  await editor.publish({ zh: "顾客", en: "Customers", name: "customers", key: ["customer_id"] });
  await page.getByText(t("data:rows", { count: is.customers }), { exact: true }).first().waitFor();

  await editor.begin("purchases");
  await editor.add("aggregate");
  for (const column of ["customer_id", "date"]) await editor.group("by").getByRole("checkbox", { name: column }).check();
  await editor.field("name").fill("units");
  await editor.field("agg").selectOption("sum");
  await editor.write("expr", "number_of_cds");
  await editor.group("values").getByRole("button", { name: t("prepare:addEntry"), exact: true }).click();
  await editor.field("name").last().fill("paid");
  await editor.field("agg").last().selectOption("sum");
  await editor.write("expr", "dollar_value");
  await editor.rows(is.orders.size);
  await editor.join({ dataset: "customers", here: "customer_id", there: "customer_id", columns: ["first_day"] });
  await editor.rows(is.orders.size);
  await editor.add("mask");
  await pick(page, t("prepare:field.column"), "first_day");
  await editor.field("how").selectOption("generalise");
  await editor.field("to").selectOption("month");
  await editor.rows(is.orders.size);
  await looked();
  await editor.publish({ zh: "订单", en: "Orders", name: "orders", time: "date", key: ["customer_id", "date"] });
  await page.getByText(t("data:rows", { count: is.orders.size }), { exact: true }).first().waitFor();

  // Validated: free orders are found, the key holds, and what is bought drifts no further than it may.
  const quality = new Quality(page, t);
  await quality.open("orders");
  await quality.accept(`${t("quality:kind.range")} · paid`);
  const paid = await quality.begin("expression");
  await paid.getByLabel(t("write:build.column"), { exact: true }).first().selectOption("paid");
  await paid.getByLabel(t("write:build.op"), { exact: true }).first().selectOption(">");
  await paid.getByRole("combobox", { name: t("write:build.operand"), exact: true }).first().fill("0");
  await paid.getByRole("button", { name: t("write:build.add"), exact: true }).first().click();
  await paid.getByLabel(t("quality:form.severity"), { exact: true }).selectOption("warning");
  await paid.getByLabel(t("quality:form.titleZh"), { exact: true }).fill("订单不免费");
  await quality.save(paid);
  const drift = await quality.begin("distribution");
  await drift.getByLabel(t("quality:form.column"), { exact: true }).selectOption("units");
  await drift.getByLabel(t("quality:form.by"), { exact: true }).selectOption("month");
  await drift.getByLabel(t("quality:form.bound"), { exact: true }).fill("0.2");
  await quality.save(drift);
  await quality.run();
  await quality.stands("订单不免费", "broken");
  const free = [...is.orders.values()].filter((cents) => cents === 0).length;
  await quality.rule("订单不免费").getByText(t("quality:measure.rows", { broken: free.toLocaleString(lang), checked: is.orders.size.toLocaleString(lang), share: "" }).split("（")[0]).waitFor();
  await quality.stands(`${t("quality:kind.distribution")} · date + units`, "kept");
  await looked();

  // Modelled, and asked: who first bought when, and came again.
  const metric = new MetricForm(page, t);
  await metric.open();
  await metric.simple({ dataset: "订单", agg: "sum", of: "paid", en: "Revenue", zh: "销售额", name: "revenue", unit: "USD" });
  await metric.open();
  await metric.simple({ dataset: "订单", agg: "count_distinct", of: "customer_id", en: "Active customers", zh: "活跃顾客", name: "active" });
  await new Shell(page, t).go("explore");
  const explore = new Explore(page, t);
  for (const taken of ["销售额", "活跃顾客", "first_day"]) await explore.take(taken);
  await explore.choose("timeLabel", t("explore:time.all"));
  await explore.choose("chip.grain", t("explore:chip.every", { grain: t("explore:grain.month") }));
  await settled(page);
  const cells = await explore.full(t("explore:total"));
  const number = (text) => Number(text.replace(/[$,]/g, ""));
  assert.deepEqual(cells.pop().slice(2).map(number), [is.published.revenue, is.published.customers]);
  const cohorts = {};
  for (const [month, first, , active] of cells) {
    const [, year, of] = month.match(/^(\d+)年(\d+)月$/);
    const [firstYear, firstMonth] = first.split("-").map(Number);
    (cohorts[first.slice(0, 7)] ??= {})[(Number(year) - firstYear) * 12 + Number(of) - firstMonth] = number(active);
  }
  // Where the log has ended, the published table has a zero and the page no row.
  const published = Object.entries(is.published.cohort_month_active_customers).map(([first, months]) => [first, Object.fromEntries(Object.entries(months).filter(([, active]) => active > 0))]);
  assert.deepEqual(cohorts, Object.fromEntries(published));
  await looked();
  assert.deepEqual(problems, []);
});
