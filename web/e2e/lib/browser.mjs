// One Chromium for the whole run, and pages that remember what went wrong on them.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

/** Where the browser is, or undefined. */
export function findBrowser() {
  return places.find((path) => path !== undefined && path !== "" && existsSync(path));
}

export async function launch() {
  return chromium.launch({ executablePath: findBrowser(), args: flags });
}

/** Requests under way, by page. */
const pending = new WeakMap();

export const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

/**
 * Opens a page in a context of its own: { page, context, problems }. `problems`
 * collects console errors, exceptions and answers of 5xx.
 */
export async function openPage(browser, base, { lang = "en", size = "wide", theme = "light", state } = {}) {
  const context = await browser.newContext({
    baseURL: base,
    locale: lang,
    timezoneId: "Asia/Shanghai",
    viewport: sizes[size],
    colorScheme: theme,
    reducedMotion: "reduce",
    storageState: state,
    acceptDownloads: true,
    hasTouch: size === "phone",
  });
  context.setDefaultTimeout(60_000); // a machine that is busy with other tests is no failure
  context.setDefaultNavigationTimeout(60_000);
  const page = await context.newPage();
  const problems = [];
  const under = new Set();
  pending.set(page, under);
  page.on("request", (request) => under.add(request));
  page.on("requestfinished", (request) => under.delete(request));
  page.on("requestfailed", (request) => under.delete(request));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => problems.push(`exception: ${error.stack ?? error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 500) problems.push(`${response.status()} ${response.request().method()} ${response.url()}`);
  });
  return { page, context, problems };
}

/** Waits until nothing is asked for any more, also after what came has been drawn. */
async function quiet(page) {
  const under = pending.get(page);
  for (let calm = 0; calm < 3; calm++) {
    await still(page);
    if (under.size === 0) continue;
    calm = -1;
    await page.waitForEvent("requestfinished", { predicate: () => under.size === 0, timeout: 500 }).catch(() => undefined);
  }
}

/**
 * Waits until the page has said what it has to say: no skeleton, no request
 * under way, fonts there, nothing in motion.
 */
export async function settled(page) {
  await page.waitForLoadState("load");
  const said = () => page.waitForFunction(() => document.querySelector("main") !== null && document.querySelector('[role="status"][aria-label], [class*="skeleton"], [aria-busy="true"]') === null && document.fonts.status === "loaded");
  await said();
  await quiet(page);
  await said();
}

/** Waits until two frames in a row were drawn in which nothing moved or faded. */
export async function still(page) {
  await page.evaluate(async () => {
    for (let calm = 0; calm < 2; calm++) {
      await new Promise((done) => requestAnimationFrame(done));
      const ending = document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity);
      if (ending.length > 0) calm = -1;
      await Promise.allSettled(ending.map((a) => a.finished));
    }
  });
}
