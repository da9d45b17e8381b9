// A runner that fits in a page: tests run one after the other, since they
// share one browser and two processors.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { launch, openPage } from "./browser.mjs";
import { start } from "./program.mjs";

const out = new URL("../out/", import.meta.url).pathname;
const tests = [];

/** Adds a test: run gets { open, serve, demo } of which everything is closed afterwards. */
export function test(name, run, { within = 300_000 } = {}) {
  tests.push({ name, run, within });
}

class World {
  #browser;
  #programs = [];
  #pages = [];
  #shared;

  constructor(browser, shared) {
    this.#browser = browser;
    this.#shared = shared;
  }

  /** A fresh, empty workspace; of a program with this added to its environment. */
  async serve(env) {
    const program = await start("serve", { env });
    this.#programs.push(program);
    return program;
  }

  /** The demo, started once for all tests that only look at it. */
  async demo() {
    this.#shared.demo ??= start("demo", { within: 300_000 });
    return this.#shared.demo;
  }

  async open(base, options) {
    const opened = await openPage(this.#browser, new URL(base).origin, options);
    this.#pages.push(opened);
    return opened;
  }

  /** Keeps what can be seen and read after a failure. */
  async keep(name) {
    const stem = name.replace(/[^a-z0-9]+/gi, "-");
    mkdirSync(out, { recursive: true });
    for (const [i, { page, problems }] of this.#pages.entries()) {
      if (page.isClosed()) continue;
      await page.screenshot({ path: `${out}${stem}-${i + 1}.png` }).catch(() => undefined);
      writeFileSync(`${out}${stem}-${i + 1}.txt`, [page.url(), ...problems].join("\n"));
    }
    const demo = await this.#shared.demo?.catch(() => undefined);
    for (const [i, program] of [...this.#programs, demo].entries()) if (program !== undefined) writeFileSync(`${out}${stem}-${i + 1}.log`, program.log());
  }

  async close() {
    for (const { context } of this.#pages) await context.close().catch(() => undefined);
    for (const program of this.#programs) await program.stop();
  }
}

function limit(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Runs the tests whose name holds one of the words, all of them without words; resolves to the number of failures. */
export async function run(words) {
  rmSync(out, { recursive: true, force: true });
  const chosen = tests.filter((t) => words.length === 0 || words.some((w) => t.name.includes(w)));
  const browser = await launch();
  const shared = {};
  let failed = 0;
  try {
    for (const { name, run: body, within } of chosen) {
      const world = new World(browser, shared);
      const began = Date.now();
      try {
        await limit(body(world), within);
        console.log(`ok ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failed++;
        console.log(`FAIL ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
        console.log(String(error?.stack ?? error).replace(/^/gm, "    "));
        await world.keep(name);
      } finally {
        await world.close();
      }
    }
  } finally {
    await (await shared.demo?.catch(() => undefined))?.stop();
    await browser.close();
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return chosen.length === 0 ? 1 : failed;
}
