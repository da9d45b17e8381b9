// Remakes the pictures of the documentation from the demo, and a contact sheet
// of every page: docs/pictures/NAME.{en,zh}.png and /pictures/.
// `npm run pictures -- docs` or `-- sheets` makes only one of the two.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { findBrowser, launch, openPage, settled, still } from "./lib/browser.mjs";
import { start } from "./lib/program.mjs";
import { repack } from "./lib/png.mjs";
import { demoRoutes, emptyRoutes } from "./lib/routes.mjs";
import { shop } from "./lib/shop.mjs";
import { langs, translator } from "./lib/words.mjs";
import { Upload } from "./pages/upload.mjs";

const root = new URL("../../", import.meta.url).pathname;
const what = process.argv.slice(2);
const wanted = (name) => what.length === 0 || what.includes(name);

async function toTop(page, heading) {
  await page.getByRole("heading", { name: heading, exact: true }).first().evaluate((e) => window.scrollTo(0, e.getBoundingClientRect().top + window.scrollY - 90));
}

/** The pictures of README and tour, each 1440 × 900. */
const shots = [
  { name: "north-star", path: "/" },
  { name: "tree", path: "/", then: (page, t) => toTop(page, t("northstar:tree")) },
  { name: "why", path: "/?metric=conversion&tab=why" },
  { name: "metric-center", path: "/metrics" },
  { name: "metric", path: "/metrics/conversion?tab=trend" },
  { name: "explore", path: (lang) => `/explore?m=revenue&by=store.city.region.${lang === "en" ? "name_en" : "name"}&g=week` },
  { name: "data", path: "/data" },
  {
    name: "upload",
    path: "/data/upload",
    then: (page, t, lang) => new Upload(page, t).choose(Object.values(shop(lang, new Date(), "Asia/Shanghai").files)),
  },
];

async function open(browser, url, options) {
  const opened = await openPage(browser, new URL(url).origin, options);
  await opened.page.goto(url);
  await opened.page.evaluate((lang) => localStorage.setItem("lodestar.lang", lang), options.lang);
  return opened;
}

async function docs(browser, url) {
  const out = `${root}docs/pictures/`;
  mkdirSync(out, { recursive: true });
  for (const lang of langs) {
    const { page, context } = await open(browser, url, { lang });
    for (const { name, path, then } of shots) {
      await page.goto(typeof path === "string" ? path : path(lang));
      await settled(page);
      await then?.(page, translator(lang), lang);
      await settled(page);
      await page.mouse.move(0, 0);
      const file = `${name}.${lang.slice(0, 2)}.png`;
      const bytes = repack(await page.screenshot());
      writeFileSync(out + file, bytes);
      console.log(`docs/pictures/${file} ${(bytes.length / 1024).toFixed(0)} KB`);
    }
    await context.close();
  }
}

/** One PNG per language, width and theme, with every page small and named. */
async function sheets(browser, url, empty) {
  const out = `${root}pictures/`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const lang of langs) {
    for (const size of ["wide", "phone"]) {
      const cells = { light: [], dark: [] };
      const workspaces = [
        { base: url, routes: demoRoutes },
        { base: empty.url, routes: emptyRoutes, state: empty.state },
      ];
      for (const { base, routes, state } of workspaces) {
        const { page, context } = await open(browser, base, { lang, size, state });
        for (const [i, { path, name }] of routes.entries()) {
          await page.emulateMedia({ colorScheme: "light" });
          await page.goto(path);
          await settled(page);
          for (const theme of ["light", "dark"]) {
            await page.emulateMedia({ colorScheme: theme });
            await still(page);
            const file = `${lang}.${size}.${theme}.${state === undefined ? "demo" : "empty"}-${String(i + 1).padStart(2, "0")}.png`;
            writeFileSync(out + file, await page.screenshot({ fullPage: true }));
            cells[theme].push({ file, name: `${name} ${path}` });
          }
        }
        await context.close();
      }
      for (const theme of ["light", "dark"]) {
        const wide = size === "wide";
        const figures = cells[theme].map(({ file, name }) => `<figure><figcaption>${name.replaceAll("&", "&amp;")}</figcaption><img src="data:image/png;base64,${readFileSync(out + file).toString("base64")}"></figure>`);
        const html = `<!doctype html><meta charset="utf-8"><title>${lang} ${size} ${theme}</title><style>body{margin:16px;font:12px sans-serif;background:#888;display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start}figure{margin:0;width:${wide ? 480 : 195}px}img{width:100%;max-height:${wide ? 640 : 800}px;object-fit:cover;object-position:top;display:block}</style>${figures.join("")}`;
        const sheet = await browser.newPage({ viewport: { width: 2000, height: 1000 } });
        await sheet.setContent(html, { waitUntil: "load" });
        const file = `${lang}.${size}.${theme}`;
        writeFileSync(`${out}${file}.html`, html);
        await sheet.screenshot({ path: `${out}${file}.png`, fullPage: true });
        await sheet.close();
        console.log(`pictures/${file}.png`);
      }
    }
  }
}

/** An empty workspace with somebody signed in. */
async function emptyWorkspace(browser) {
  const program = await start("serve");
  const context = await browser.newContext({ baseURL: program.url });
  const made = await context.request.post("/api/v1/setup", { data: { name: "ada", title: "Ada", password: "tea and croissants", lang: "en", zone: "Asia/Shanghai", weekStart: "monday", currency: "CNY" }, headers: { Origin: program.url } });
  if (!made.ok()) throw new Error(`the workspace was not made: ${made.status()}`);
  return { ...program, state: await context.storageState() };
}

if (findBrowser() === undefined) {
  console.error("no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path");
  process.exit(1);
}
const browser = await launch();
const running = [];
try {
  const demo = await start("demo", { within: 300_000 });
  running.push(demo);
  if (wanted("docs")) await docs(browser, demo.url);
  if (wanted("sheets")) {
    const empty = await emptyWorkspace(browser);
    running.push(empty);
    await sheets(browser, demo.url, empty);
  }
} finally {
  for (const program of running) await program.stop();
  await browser.close();
}
