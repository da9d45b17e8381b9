// Every page of the demo and of an empty workspace, in both languages, wide and
// on a phone, light and dark.
import assert from "node:assert/strict";
import { settled, still } from "../lib/browser.mjs";
import { barriers, look } from "../lib/checks.mjs";
import { demoRoutes, emptyRoutes } from "../lib/routes.mjs";
import { test } from "../lib/suite.mjs";
import { langs } from "../lib/words.mjs";

/** Opens each route and gathers what is wrong with it, in light and in dark. */
async function walk({ page, problems }, lang, routes) {
  const wrong = [];
  for (const { path, name } of routes) {
    problems.length = 0;
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(path);
    await settled(page);
    const found = [...(await look(page, lang)), ...(await barriers(page))];
    // Only colours change with the theme, so only contrast is looked at again.
    await page.emulateMedia({ colorScheme: "dark" });
    await still(page);
    found.push(...(await barriers(page, ["color-contrast"])).map((text) => `dark, ${text}`));
    // What is asked for and is not there is answered with 404 or 422, which the browser logs.
    found.push(...problems.filter((text) => !/Failed to load resource: the server responded with a status of (404|422)/.test(text)));
    wrong.push(...found.map((text) => `${name} (${path}): ${text}`));
  }
  return wrong;
}

for (const lang of langs) {
  for (const size of ["wide", "phone"]) {
    test(
      `pages of the demo, ${lang}, ${size}`,
      async (world) => {
        const { url } = await world.demo();
        const opened = await world.open(url, { lang, size });
        await opened.page.goto(url);
        await opened.page.evaluate((chosen) => localStorage.setItem("lodestar.lang", chosen), lang);
        const wrong = await walk(opened, lang, demoRoutes);
        assert.equal(wrong.length, 0, `\n${wrong.join("\n")}`);
      },
      { within: 600_000 },
    );
  }
}

for (const lang of langs) {
  test(`pages of an empty workspace, ${lang}`, async (world) => {
    const { url } = await world.serve();
    const wrong = [];
    const first = await world.open(url, { lang, size: "phone" });
    wrong.push(...(await walk(first, lang, [{ path: "/", name: "First run" }])));
    const setup = { name: "ada", title: "Ada", password: "tea and croissants", lang, zone: "Asia/Shanghai", weekStart: "monday", currency: "CNY" };
    assert.equal((await first.context.request.post("/api/v1/setup", { data: setup, headers: { Origin: url } })).status(), 200);
    wrong.push(...(await walk(first, lang, emptyRoutes)));
    for (const size of ["wide", "phone"]) wrong.push(...(await walk(await world.open(url, { lang, size }), lang, [{ path: "/", name: "Sign in" }])));
    const state = await first.context.storageState();
    wrong.push(...(await walk(await world.open(url, { lang, size: "wide", state }), lang, emptyRoutes)));
    assert.equal(wrong.length, 0, `\n${wrong.join("\n")}`);
  });
}
