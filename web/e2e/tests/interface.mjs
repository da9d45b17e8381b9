// From an interface of another program to rows that follow it, and from a write
// key to events on the page, without a line of YAML.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { barriers, look } from "../lib/checks.mjs";
import { crm } from "../lib/interface.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Connections } from "../pages/connections.mjs";
import { FirstRun } from "../pages/start.mjs";
import { WriteKeys } from "../pages/writekeys.mjs";

const secrets = { token: "t0ken of the crm", tenant: "northern light" };
const lead = (id, at) => ({ id, company: { name: `公司 ${id}`, city: id % 2 === 0 ? "上海" : "北京" }, value: id + 0.25, updated_at: at });

const runs = [
  { lang: "en", size: "wide" },
  { lang: "zh-CN", size: "phone" },
];
for (const { lang, size } of runs) {
  test(`an interface and a write key, ${lang}`, async (world) => {
    const t = translator(lang);
    const there = await crm(secrets);
    try {
      for (let i = 1; i <= 250; i++) there.leads.push(lead(i, new Date(Date.UTC(2026, 2, 1, 0, i)).toISOString()));
      const { url, log } = await world.serve({ LODESTAR_PRIVATE_HOSTS: "127.0.0.1" });
      const { page, context, problems } = await world.open(url, { lang, size });
      await new FirstRun(page, t).create({ title: "Ada", name: "ada", password: "tea and croissants", zone: "Asia/Shanghai", weekStart: "monday", currency: "CNY" });
      const healthy = async () => assert.deepEqual([...(await look(page, lang)), ...(await barriers(page))], []);

      // What is missing is told at its field, before anybody is asked.
      const connections = new Connections(page, t);
      await connections.open();
      await connections.fillInterface({ name: "crm", title: { zh: "客户系统", en: "CRM" }, url: there.url, token: "wrong", headers: { "X-Tenant": secrets.tenant } });
      await connections.tryList(t("connections:wrong.required"));
      assert.equal(there.asked.length, 0);
      await healthy();

      // A wrong token is refused in words; nothing of the trial is kept.
      await connections.fillList({ name: "leads", path: "leads" });
      await page.getByRole("button", { name: t("connections:glimpse.run"), exact: true }).click();
      await page.getByRole("alert").first().waitFor();
      assert.deepEqual((await (await context.request.get("/api/v1/secrets")).json()).items, []);

      // With the right one the records are found, and how pages follow.
      await connections.token(secrets.token);
      await connections.tryList(t("connections:glimpse.first", { count: 100 }));
      assert.equal(await page.getByLabel(t("connections:stream.records"), { exact: true }).inputValue(), "data.items");
      await page.getByRole("button", { name: t("connections:glimpse.usePaging"), exact: true }).click();
      await page.getByText(t("connections:glimpse.second", { count: 100 })).waitFor();
      await page.getByLabel(t("connections:columns.keyOf", { name: "id" }), { exact: true }).check();
      await connections.fillList({ "since.param": "updated_after", "page.size": "100" });
      await settled(page);
      await healthy();
      await connections.save("crm");

      // Brought in with the cursor that was found, page by page.
      there.asked.length = 0;
      await connections.bring("leads", { zh: "线索", en: "Leads", name: "leads", rows: 250 });
      assert.deepEqual([...new Set(there.asked.map((q) => q.page))].toSorted(), [1, 2, 3]);

      // The next sync asks for what is new alone.
      there.leads.push(lead(251, "2026-03-02T00:00:00.000Z"));
      there.leads[249] = { ...there.leads[249], value: 7, updated_at: "2026-03-02T00:00:00.000Z" };
      there.asked.length = 0;
      await page.goto("/data/leads?tab=sync");
      await page.getByRole("button", { name: t("sync:now"), exact: true }).click();
      await page.getByText(t("data:rows", { count: 251 }), { exact: true }).first().waitFor();
      assert.ok(there.asked.some((q) => q.since.startsWith("2026-03-01T")), JSON.stringify(there.asked));

      // Nothing tells a secret again, neither in the form.
      await page.goto("/data/connections/crm/edit");
      await settled(page);
      assert.equal(await page.getByLabel(t("connections:field.auth.token"), { exact: true }).inputValue(), "");
      await healthy();
      const told = await Promise.all(["/connections", "/secrets", "/audit", "/syncs"].map(async (path) => (await context.request.get(`/api/v1${path}`)).text()));
      for (const secret of Object.values(secrets)) assert.ok(!told.join().includes(secret) && !log().includes(secret), "a secret is told");

      // A key for events: shown once, used, revoked.
      const keys = new WriteKeys(page, t);
      await keys.open();
      await healthy();
      const key = await keys.make("shop");
      const send = (id) => fetch(`${url}/v1/track`, { method: "POST", headers: { Authorization: `Basic ${btoa(`${key}:`)}`, "Content-Type": "application/json" }, body: JSON.stringify({ event: "Order Paid", userId: "u1", messageId: id, properties: { amount: 12.5 } }) });
      assert.equal((await send("m1")).status, 200);
      await page.goto("/data/events");
      await page.getByText(/order.paid/i).first().waitFor();
      await keys.open();
      await page.getByRole("row").filter({ hasText: "shop" }).getByText(t("writekeys:list.never"), { exact: true }).waitFor({ state: "detached" });
      await healthy();
      assert.ok(!(await (await context.request.get("/api/v1/events/keys")).text()).includes(key), "the key is told again");
      await keys.revoke("shop");
      assert.equal((await send("m2")).status, 401);
      assert.deepEqual(problems, []);
    } finally {
      await there.stop();
    }
  });
}
