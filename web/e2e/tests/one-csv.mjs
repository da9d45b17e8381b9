// One file and one metric: no tree, no target, no second dataset, three days of
// history. Every page says something sensible and nothing breaks.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { look } from "../lib/checks.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Explore } from "../pages/explore.mjs";
import { MetricForm } from "../pages/metrics.mjs";
import { NorthStar, TreeForm } from "../pages/northstar.mjs";
import { FirstRun, Shell } from "../pages/start.mjs";
import { Upload } from "../pages/upload.mjs";

test("one CSV, one metric", async (world) => {
  const lang = "en";
  const t = translator(lang);
  const { url } = await world.serve();
  const { page, problems } = await world.open(url, { lang });
  const first = new FirstRun(page, t);
  await first.create({ title: "Ada Lin", name: "ada", password: "tea and croissants", zone: "UTC", weekStart: "monday", currency: "EUR" });
  await first.toUpload();

  const today = new Date().toISOString().slice(0, 10);
  const days = [3, 2, 1].map((n) => new Date(Date.parse(today) - n * 86_400_000).toISOString().slice(0, 10));
  const rows = days.flatMap((day, i) => [`${day},north,${10 + i}`, `${day},south,${20 + i}`]);
  const upload = new Upload(page, t);
  await upload.choose([{ name: "visits.csv", mimeType: "text/csv", buffer: Buffer.from(`day,door,people\n${rows.join("\n")}\n`) }]);
  await upload.load([rows.length]);
  await upload.toMetric();
  await new MetricForm(page, t).simple({ dataset: "visits", agg: "sum", of: "people", zh: "进店人数", en: "People", name: "people" });

  // No tree yet: the home page shows the way to one.
  const shell = new Shell(page, t);
  await shell.go("northStar");
  await page.getByRole("heading", { name: t("northstar:empty.title") }).waitFor();
  const looked = async () => {
    await settled(page);
    assert.deepEqual(await look(page, lang), [], page.url());
    assert.equal(await page.getByRole("heading", { name: t("common:error.title") }).count(), 0, `an error at ${page.url()}`);
  };
  await looked();
  for (const path of ["/metrics", "/metrics/people", ...["trend", "lineage", "used", "history", "code"].map((tab) => `/metrics/people?tab=${tab}`), "/data", ...["preview", "profile", "relations", "columns", "rejects", "loads", "code"].map((tab) => `/data/visits?tab=${tab}`), "/trees", "/targets"]) {
    await page.goto(path);
    await looked();
  }

  // The numbers are right where there are any.
  await page.goto(`/explore?m=people&by=door&t=${days[0]}..${today}`);
  const cells = await new Explore(page, t).cells("north", "south");
  assert.deepEqual(cells.slice(1).map((row) => row.join(" ")), ["south 63", "north 33", `${t("explore:total")} 96`]);

  // A tree of one metric, without target, guardrail or a week before.
  await page.goto("/trees/new-tree");
  await new TreeForm(page, t).draw({ root: "People" });
  const headline = new NorthStar(page, t).headline("People");
  await headline.getByText(t("northstar:pace.none")).waitFor();
  await looked();
  await headline.getByRole("button", { name: "People" }).click();
  for (const tab of ["trend", "why", "split", "definition"]) {
    await page.getByRole("tab", { name: t(`northstar:panel.${tab}`), exact: true }).click();
    await looked();
  }
  assert.deepEqual(problems, []);
});
