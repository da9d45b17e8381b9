// Who may import whom: app → features → charts → ui → i18n, api → lib. A
// feature reaches another one only through that one's index. Files stay small.
// Every token that is used is given.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const src = new URL("../src/", import.meta.url).pathname;
const problems = [];
const tokens = new Set();
const asked = [];
const below = {
  app: ["app", "features", "charts", "ui", "i18n", "api", "lib"],
  features: ["features", "app", "charts", "ui", "i18n", "api", "lib"],
  charts: ["charts", "ui", "i18n", "api", "lib"],
  ui: ["ui", "i18n", "api", "lib"],
  i18n: ["i18n", "api", "lib"],
  api: ["api", "lib"],
  lib: ["lib", "api"],
  capture: ["capture"],
};
// What features may take from the shell.
const fromApp = new Set(["app/session", "app/TopBar"]);

function files(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? files(path) : /\.(tsx?|css)$/.test(name) ? [path] : [];
  });
}

for (const path of files(src)) {
  const name = relative(src, path);
  const code = readFileSync(path, "utf8");
  const lines = code.split("\n").length;
  for (const m of code.matchAll(/(--[a-z][a-z0-9-]*)"?\]?\s*:/g)) tokens.add(m[1]);
  for (const m of code.matchAll(/var\((--[a-z][a-z0-9-]*)[),]/g)) asked.push([name, m[1]]);
  const test = /\.test\./.test(name) || name.startsWith("test/");
  const limit = name.endsWith("Page.tsx") || test || name.endsWith(".css") ? 400 : name === "api/types.ts" || name.endsWith(".d.ts") ? Infinity : 250;
  if (lines > limit) problems.push(`${name}: ${lines} lines, more than ${limit}`);
  if (test || name.endsWith(".css")) continue;
  const [layer, feature] = name.split("/");
  if (below[layer] === undefined) continue; // main.tsx
  for (const m of code.matchAll(/(?:from|import\()\s*"([^"]+)"/g)) {
    const spec = m[1];
    const target = spec.startsWith("@/") ? spec.slice(2) : spec.startsWith(".") ? relative(src, join(dirname(path), spec)) : null;
    if (target === null) continue;
    const [toLayer, toFeature, ...rest] = target.split("/");
    if (!below[layer].includes(toLayer)) problems.push(`${name}: ${layer} may not import ${toLayer} (${spec})`);
    if (layer === "features" && toLayer === "app" && !fromApp.has(target)) problems.push(`${name}: features take only ${[...fromApp].join(", ")} from app`);
    if (layer === "features" && toLayer === "features" && toFeature !== feature && rest.length > 0) problems.push(`${name}: reach ${toFeature} through its index (${spec})`);
  }
}

// A colour or size that nobody gives is black, or nothing.
for (const [name, token] of asked) if (!tokens.has(token)) problems.push(`${name}: there is no ${token}`);

if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
