// A site of somebody's includes the script that records visits; what a person
// does there becomes rows, also when the page is left at once.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "../lib/suite.mjs";

const site = (script) => `<!doctype html><title>Shop</title><link rel="icon" href="data:,">
  <button onclick="history.pushState({}, '', '/cart?id=7')">To the cart</button> <a href="/thanks">Pay now</a>
  <script async src="${script.src}" data-key="${script.key}"></script>`;

test("a site that is recorded", async (world) => {
  const { url } = await world.serve();
  const { context } = await world.open(url);
  const post = async (path, data) => {
    const answer = await context.request.post(`/api/v1${path}`, { data, headers: { Origin: url } });
    assert.ok(answer.ok(), `${path}: ${answer.status()}`);
    return answer.json();
  };
  await post("/setup", { name: "ada", title: "Ada", password: "tea and croissants", lang: "en", zone: "UTC", weekStart: "monday", currency: "EUR" });
  const { writeKey } = await post("/events/keys", { name: "site" });
  const server = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(site({ src: new URL("/v1/capture.js", url).href, key: writeKey })));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    const shop = `http://127.0.0.1:${server.address().port}`;
    const { page, problems } = await world.open(shop);
    await page.goto("/?utm_source=wechat&coupon=secret");
    await page.waitForFunction(() => window.lodestar !== undefined);
    await page.evaluate(() => window.lodestar.identify("u1", { level: "gold" }));
    await page.getByRole("button").click();
    await page.waitForURL("**/cart?id=7");
    await page.getByRole("link", { name: "Pay now" }).click(); // leaves at once
    await page.waitForURL("**/thanks");
    assert.deepEqual(problems, []);
    assert.deepEqual(await page.evaluate(() => Object.keys(window).filter((k) => k.length < 3)), []); // no names of its own
    const rows = async (dataset) => {
      const answer = await context.request.get(`/api/v1/datasets/${dataset}/preview?limit=100`);
      if (!answer.ok()) return [];
      const { columns, rows } = await answer.json();
      return (rows ?? []).map((row) => Object.fromEntries(columns.map((c, i) => [c.name, row[i]])));
    };
    const paths = async () => (await rows("pages")).map((r) => r.path).sort();
    for (const end = Date.now() + 30_000; (await paths()).length < 3 && Date.now() < end;) await page.waitForTimeout(200);
    assert.deepEqual(await paths(), ["/", "/cart", "/thanks"]);
    const pages = await rows("pages");
    assert.deepEqual([...new Set(pages.map((r) => r.source))], ["site"]);
    assert.equal(new Set(pages.map((r) => r.anonymous_id)).size, 1);
    assert.deepEqual((await rows("identifies")).map((r) => r.user_id), ["u1"]);
    const others = (await rows("other_events")).map((r) => `${r.event}: ${JSON.parse(r.properties).text ?? JSON.parse(r.properties).path}`).sort();
    assert.deepEqual(others, ["Element Clicked: Pay now", "Element Clicked: To the cart", "Page Left: /", "Page Left: /cart"]);
    const everything = JSON.stringify([pages, await rows("other_events"), await rows("identifies")]);
    assert.ok(!everything.includes("secret"), "the query of an address was kept");
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
