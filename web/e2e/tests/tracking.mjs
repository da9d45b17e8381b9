// From nothing to people counted once: an entity and an event made in the
// browser, messages sent, one of them set aside, mended and counted.
import assert from "node:assert/strict";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { MetricForm } from "../pages/metrics.mjs";
import { FirstRun } from "../pages/start.mjs";
import { Deleting, Entities, Events } from "../pages/tracking.mjs";

const call = (type, userId, anonymousId, rest = {}) => ({ type, userId, anonymousId, messageId: `${type}-${userId}`, ...rest });
const paid = (userId, device, properties) => call("track", userId, device, { event: "Order Paid", properties });

/** Ann has two accounts on one device; Bob and Cy have one each, and Cy's app is an old one. */
const messages = [
  ...[["ann1", "d1"], ["ann2", "d1"], ["bob", "d2"], ["cy", "d3"]].map(([user, device]) => call("identify", user, device)),
  paid("ann1", "d1", { orderId: "o1", amount: 12.5, channel: "app" }),
  paid("ann2", "d1", { orderId: "o2", amount: 20 }),
  paid("bob", "d2", { orderId: "o3", amount: 7 }),
  paid("cy", "d3", { orderId: "o4", total: 5 }),
  call("track", "bob", "d2", { messageId: "coupon", event: "Coupon Used", properties: { code: "x1", value: 3 } }),
];

for (const lang of ["en", "zh-CN"]) {
  test(`events and entities, ${lang}`, async (world) => {
    const t = translator(lang);
    const { url } = await world.serve();
    const { page, context, problems } = await world.open(url, { lang });
    await new FirstRun(page, t).create({ title: "Ada", name: "ada", password: "tea and croissants", zone: "Asia/Shanghai", weekStart: "monday", currency: "CNY" });
    const ask = async (method, path, data, headers = {}) => {
      const answer = await context.request.fetch(path, { method, data, headers: { Origin: url, ...headers } });
      assert.ok(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`);
      return answer.json();
    };

    const label = (en, zh) => (lang === "en" ? en : zh);
    const said = await new Entities(page, t).make({ zh: "顾客", en: "Customer", name: "customer", kinds: ["user_id", "anonymous_id"], dataset: label("Identify calls", "身份上报"), columns: { [label("User id", "用户编号")]: "user_id", [label("Anonymous id", "匿名编号")]: "anonymous_id" } });
    assert.match(said, /—\s+0/);

    const events = new Events(page, t);
    await events.begin({ zh: "订单支付", en: "Order paid", name: "order_paid", ids: [t("write:idOf", { id: "anonymous_id", entity: label("Customer", "顾客") })] });
    const order = await events.property({ name: "order_id", type: "string", required: true, pattern: "o[0-9" });
    // What is wrong is told where it was written.
    const pattern = order.getByLabel(t("events:form.pattern"), { exact: true });
    await order.locator("input[aria-invalid]").and(pattern).waitFor();
    await pattern.fill("o[0-9]+");
    await events.property({ name: "amount", type: "decimal", required: true, min: "0" });
    await events.property({ name: "channel", type: "string", values: "app\nweb" });
    await events.save("order_paid");
    const { spec } = await ask("GET", "/api/v1/events/order_paid");
    assert.deepEqual(spec, {
      ids: ["user_id", "anonymous_id"],
      properties: [
        { name: "order_id", type: "string", required: true, pattern: "o[0-9]+" },
        { name: "amount", type: "decimal", required: true, min: 0 },
        { name: "channel", type: "string", values: ["app", "web"] },
      ],
    });

    const { writeKey: key } = await ask("POST", "/api/v1/events/keys", { name: "web" });
    await ask("POST", "/v1/batch", { batch: messages }, { Authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` });

    // Rows come within a second, who is who within some.
    const until = async (want, get) => {
      let got;
      for (let i = 0; i < 60 && got !== want; i++) {
        got = await get();
        if (got !== want) await page.waitForTimeout(250);
      }
      assert.equal(got, want);
    };
    await until("4 received, 1 aside", async () => {
      const { events: all } = await ask("GET", "/api/v1/events/report");
      const { received, open } = all.find((e) => e.name === "order_paid");
      return `${received} received, ${open} aside`;
    });

    const metric = new MetricForm(page, t);
    await metric.open();
    await metric.simple({ dataset: label("Order paid", "订单支付"), agg: "count_distinct", of: t("metrics:form.unified", { name: label("Customer", "顾客") }), en: "Buyers", zh: "下单人数", name: "buyers" });
    const buyers = (want) => until(want, async () => (await ask("POST", "/api/v1/query", { metrics: ["buyers"] })).rows?.[0]?.[0]);
    await buyers(2);

    const seen = await events.rename(label("Order paid", "订单支付"), "total", 1);
    assert.ok(seen.includes(label("Order paid", "订单支付")) && seen.includes(t("events:kind.required_missing")) && seen.includes("amount"), seen);
    await buyers(3);
    const { rows } = await ask("POST", "/api/v1/query", { metrics: ["buyers"], where: "amount = 5" });
    assert.deepEqual(rows, [[1]]);

    // What is sent but not planned is taken into the form, changed and saved; what came before is stored.
    await events.adopt("coupon_used", { properties: ["code", "value"], after: label("Order paid", "订单支付") });
    await page.getByText(t("events:chain", { share: "100%", took: 1 })).waitFor();
    const { events: all } = await ask("GET", "/api/v1/events/report");
    assert.ok(all.find((e) => e.name === "coupon_used").planned && !all.some((e) => e.name === "Coupon Used" && e.open > 0));
    const coupon = await ask("GET", "/api/v1/events/coupon_used");
    assert.deepEqual([coupon.metadata.owner, coupon.spec.after, coupon.spec.properties.map((x) => x.type)], ["ada", ["order_paid"], ["string", "integer"]]);
    assert.deepEqual(problems, []);

    // The rows that lead from ids to people have no page of their own.
    await page.goto("/data/unified_customer_by_user_id");
    await page.waitForURL((at) => at.pathname === "/data/entities/customer");

    // What is in use is not deleted: of an entity only the server knows the metrics that count it.
    const gone = async (path) => (await context.request.get(`/api/v1/${path}`)).status() === 404;
    const entity = new Deleting(page, t);
    await entity.open("/data/entities/customer");
    await entity.press();
    await page.getByRole("dialog").getByText("buyers").first().waitFor();
    assert.ok(!(await gone("entities/customer")));
    await page.keyboard.press("Escape");

    // An event goes with what hangs on it, once somebody has said so.
    const event = new Deleting(page, t);
    await event.open("/data/events/order_paid");
    for (const user of [label("Buyers", "下单人数"), /coupon.used/i]) await page.getByRole("dialog").getByRole("listitem").filter({ hasText: user }).waitFor();
    assert.ok(await event.button.isDisabled());
    await event.together();
    await event.press();
    await page.waitForURL((at) => at.pathname === "/data/events");
    assert.deepEqual(await Promise.all(["events/order_paid", "events/coupon_used", "metrics/buyers", "datasets/order_paid"].map(gone)), [true, true, true, true]);
    await entity.open("/data/entities/customer");
    await entity.press();
    await page.waitForURL((at) => at.pathname === "/data/entities");
    assert.ok(await gone("entities/customer"));

    // A name that pages could have for themselves.
    await events.begin({ zh: "新建", en: "Made", name: "new", ids: [] });
    await events.save("new");
    await page.getByRole("heading", { name: label("Made", "新建") }).first().waitFor();
    await page.goto("/data/events/new/edit");
    await page.getByRole("heading", { name: t("events:form.change", { name: label("Made", "新建") }) }).waitFor();
  });
}
