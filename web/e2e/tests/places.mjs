// Addresses: a form stands nowhere where something could be called like it, and
// links from when one did lead to it still.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { test } from "../lib/suite.mjs";

test("addresses of things that are called like pages", async (world) => {
  const lang = "en";
  const { url } = await world.serve();
  const { page, context, problems } = await world.open(url, { lang });
  const send = async (method, path, data) => {
    const answer = await context.request.fetch(`/api/v1${path}`, { method, data, headers: { Origin: url } });
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
  };
  await send("POST", "/setup", { name: "ada", title: "Ada", password: "tea and croissants", lang, zone: "UTC", weekStart: "monday", currency: "EUR" });

  const old = { "/metrics/new?dataset=events": "/metrics/new-metric?dataset=events", "/trees/new": "/trees/new-tree", "/targets/new?metric=new": "/targets/new-target?metric=new", "/data/connections/new?type=rest": "/data/connections/new-connection?type=rest" };
  for (const [from, to] of Object.entries(old)) {
    await page.goto(from);
    await page.waitForURL(`${url.replace(/\/\?.*$/, "")}${to}`);
  }

  await send("PUT", "/datasets/events", { metadata: { name: "events", title: { en: "What happened" } }, spec: { columns: [{ name: "id", type: "integer" }] } });
  await send("PUT", "/metrics/new", { metadata: { name: "new", title: { en: "Newcomers" } }, spec: { type: "simple", dataset: "events", agg: "count" } });
  await page.goto("/metrics/new");
  await page.getByRole("heading", { name: /^Newcomers/ }).waitFor();
  await page.goto("/data");
  await page.getByRole("link", { name: "What happened", exact: true }).click();
  await page.getByRole("heading", { name: /^What happened/ }).waitFor();
  await settled(page);
  assert.deepEqual(problems.filter((text) => !/status of 404/.test(text)), []);
});
