// What the home page makes a browser fetch, from the first byte to the last
// answer that it asks for.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { settled } from "../lib/browser.mjs";
import { test } from "../lib/suite.mjs";

const budget = 400 * 1024;

test("weight of the first page", async (world) => {
  const { url } = await world.demo();
  const { page, problems } = await world.open(url, { lang: "en" });
  const scripts = new Map();
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.set(response.url(), response);
  });
  await page.goto(url);
  await settled(page);
  let sum = 0;
  for (const response of scripts.values()) sum += gzipSync(await response.body(), { level: 9 }).length;
  assert.ok(scripts.size > 0 && sum > 50 * 1024, `only ${sum} bytes of script were seen`);
  assert.ok(sum < budget, `${(sum / 1024).toFixed(1)} KB of script, gzipped; ${budget / 1024} are allowed`);
  for (const response of scripts.values()) assert.equal(response.headers()["content-encoding"], "gzip", `${response.url()} travels unpacked`);
  assert.deepEqual(problems, []);
  console.log(`   ${scripts.size} scripts, ${(sum / 1024).toFixed(1)} KB gzipped`);
});
