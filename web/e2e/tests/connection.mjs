// From a database to a metric that follows it, without a file, a line of SQL or
// a password that is shown again.
import assert from "node:assert/strict";
import { postgres } from "../lib/postgres.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Connections } from "../pages/connections.mjs";
import { MetricForm } from "../pages/metrics.mjs";
import { FirstRun } from "../pages/start.mjs";
import { SyncForm } from "../pages/sync.mjs";

const secret = "correct horse";
const tables = `
CREATE ROLE reader LOGIN REPLICATION PASSWORD '${secret}';
GRANT CREATE ON DATABASE postgres TO reader;
CREATE TABLE orders (id bigint PRIMARY KEY, ordered_at timestamptz NOT NULL, channel text, amount numeric(12,2), updated_at timestamptz NOT NULL DEFAULT now());
INSERT INTO orders SELECT i, timestamptz '2026-03-01 00:00+08' + i * interval '1 hour', (ARRAY['web', '门店', NULL])[1 + i % 3], i + 0.25, now() FROM generate_series(1, 400) AS i;
ALTER TABLE orders OWNER TO reader;
`;

for (const lang of ["en", "zh-CN"]) {
  test(`a database, ${lang}`, async (world) => {
    const t = translator(lang);
    const database = await postgres(tables);
    try {
      const { url } = await world.serve();
      const { page, context, problems } = await world.open(url, { lang });
      await new FirstRun(page, t).create({ title: "Ada", name: "ada", password: "tea and croissants", zone: "Asia/Shanghai", weekStart: "monday", currency: "CNY" });

      const connections = new Connections(page, t);
      await connections.open();
      await connections.fill({ name: "shop", title: { zh: "商城", en: "Shop" }, host: database.dir, database: "postgres", user: "reader", password: "wrong" });
      const refused = await connections.try();
      assert.ok(!refused.includes(t("connections:trial.ok", { count: 1, millis: 0 }).slice(0, 8)), "a wrong password was taken");
      await connections.password(secret);
      await connections.try();
      await page.getByRole("status").getByText(t("connections:trial.ok", { count: 1, millis: 0 }).split(/[:，,]/)[0]).waitFor();
      await connections.save("shop");

      await connections.bring("public.orders", { zh: "订单", en: "Orders", name: "orders", rows: 400 });

      // What happens at the source arrives with the next sync: new, changed and deleted.
      await database.run("DELETE FROM orders WHERE id <= 50; UPDATE orders SET amount = 0 WHERE id BETWEEN 51 AND 60; INSERT INTO orders VALUES (1001, '2026-04-01', 'web', 7, now());");
      await page.goto("/data/orders?tab=sync");
      await page.getByRole("button", { name: t("sync:now"), exact: true }).click();
      await page.getByText(t("data:rows", { count: 351 }), { exact: true }).first().waitFor();

      // How it is synced is changed by a form: what is wrong is told at its field, when it would run is told beforehand.
      const sync = async () => (await (await context.request.get("/api/v1/datasets/orders")).json()).spec.source.sync;
      const before = await sync();
      const form = new SyncForm(page, t);
      await form.open();
      await form.choose("clocks.cron");
      await form.wrong("cron", "61 * * * *");
      await form.fill("cron", "30 6 * * 1-5");
      const upcoming = await form.upcoming();
      assert.equal(upcoming.match(/\b0?6:30/g)?.length, 5, upcoming);
      await form.choose("drifts.add");
      await form.save();
      const { every, ...kept } = before;
      assert.ok(every !== undefined);
      assert.deepEqual(await sync(), { ...kept, cron: "30 6 * * 1-5", drift: "add" });
      await page.getByText(t("sync:driftRule.add")).waitFor();
      const { next } = await (await context.request.get("/api/v1/datasets/orders/sync")).json();
      const at = new Date(Date.parse(next) + 8 * 3_600_000); // the clock on a wall in Shanghai
      assert.ok(at.toISOString().includes("T06:30:00") && at.getUTCDay() >= 1 && at.getUTCDay() <= 5, next);

      // A column that is new there is taken in now.
      await database.run("ALTER TABLE orders ADD COLUMN note text; INSERT INTO orders VALUES (1002, '2026-04-02', 'web', 0, now(), 'new');");
      await page.getByRole("button", { name: t("sync:now"), exact: true }).click();
      await page.getByText(t("data:rows", { count: 352 }), { exact: true }).first().waitFor();
      const { spec } = await (await context.request.get("/api/v1/datasets/orders")).json();
      assert.ok(spec.columns.some((c) => c.name === "note"), JSON.stringify(spec.columns));

      await form.open();
      await form.choose("modes.incremental");
      await page.getByText(t("sync:form.again"), { exact: true }).waitFor({ state: before.mode === "incremental" ? "detached" : "visible" });
      await form.wrong("lookback", "soon");
      await form.choose("modes.full");
      await form.choose("clocks.none");
      await form.save();
      assert.deepEqual(await sync(), { mode: "full", drift: "add" });
      await page.getByText(t("sync:byHand")).waitFor();

      const metric = new MetricForm(page, t);
      await metric.open();
      await metric.simple({ dataset: lang === "en" ? "Orders" : "订单", agg: "sum", of: "amount", en: "Revenue", zh: "营业额", name: "revenue", unit: "CNY" });
      const answer = await context.request.post("/api/v1/query", { data: { metrics: ["revenue"] }, headers: { Origin: url } });
      // 61.25 to 400.25, ten of nothing, and the new one.
      assert.deepEqual((await answer.json()).rows, [[(340 * (61 + 400)) / 2 + 340 * 0.25 + 7]]);

      // Nothing tells the password again.
      const told = await Promise.all(["/connections", "/secrets", "/audit", "/syncs"].map(async (path) => (await context.request.get(`/api/v1${path}`)).text()));
      assert.ok(!told.join().includes(secret), "the password is told");
      assert.deepEqual(problems, []);
    } finally {
      await database.stop();
    }
  });
}
