// Drives the real program in a real browser. `npm run e2e`, or with words of
// the names of the tests wanted: `npm run e2e -- "new user" viewer`.
// LODESTAR_BIN names another program, CHROMIUM another browser.
import { findBrowser } from "./lib/browser.mjs";
import { run } from "./lib/suite.mjs";
import "./tests/capture.mjs";
import "./tests/checks.mjs";
import "./tests/connection.mjs";
import "./tests/interface.mjs";
import "./tests/new-user.mjs";
import "./tests/one-csv.mjs";
import "./tests/process.mjs";
import "./tests/tracking.mjs";
import "./tests/viewer.mjs";
import "./tests/weight.mjs";
import "./tests/writing.mjs";
import "./tests/preparing.mjs";
import "./tests/glance.mjs";
import "./tests/places.mjs";
import "./tests/grocer.mjs";
import "./tests/purchases.mjs";
import "./tests/pages.mjs";

if (findBrowser() === undefined) {
  console.error("no Chromium: install it (Debian: apt-get install chromium) or set CHROMIUM to its path");
  if (process.env.CI === "true") process.exit(1);
  console.error("the tests of the page in a browser did not run");
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
process.exit((await run(process.argv.slice(2))) === 0 ? 0 : 1);
