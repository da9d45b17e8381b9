// Somebody who may look but not change: what is offered, what is denied, and
// what happens when the session ends.
import assert from "node:assert/strict";
import { settled } from "../lib/browser.mjs";
import { test } from "../lib/suite.mjs";
import { translator } from "../lib/words.mjs";
import { Shell, SignIn } from "../pages/start.mjs";

const password = "tea and croissants";

test("viewer", async (world) => {
  const lang = "en";
  const t = translator(lang);
  const { url } = await world.serve();
  const admin = await world.open(url, { lang });
  const post = async (path, data) => {
    const answer = await admin.context.request.post(`/api/v1${path}`, { data, headers: { Origin: url } });
    assert.ok(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`);
  };
  await post("/setup", { name: "ada", title: "Ada", password, lang, zone: "UTC", weekStart: "monday", currency: "EUR" });
  await post("/users", { name: "vic", title: "Vic", role: "viewer", password });

  // The way in: a wrong password is refused in words, the right one leads to the page asked for.
  const { page, context } = await world.open(url, { lang });
  const door = new SignIn(page, t);
  await page.goto("/metrics");
  const refused = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith("/api/v1/session"));
  await door.enter("vic", "not the password");
  assert.equal((await refused).status(), 401);
  await page.getByText((await (await refused).json()).detail, { exact: true }).waitFor();
  await door.enter("vic", password);
  await page.getByRole("heading", { name: t("metrics:title"), exact: true }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/metrics");

  // Nothing to change is offered, and addresses typed by hand are denied.
  for (const path of ["/", "/metrics", "/data", "/trees", "/targets"]) {
    await page.goto(path);
    await settled(page);
    for (const button of [t("metrics:new"), t("data:home.upload"), t("tree:list.create"), t("target:list.create"), t("northstar:empty.tree")]) {
      assert.equal(await page.getByRole("link", { name: button, exact: true }).count(), 0, `${path} offers “${button}” to a viewer`);
    }
  }
  assert.equal(await page.getByRole("link", { name: t("common:nav.admin"), exact: true }).count(), 0, "the rail offers the admin pages to a viewer");
  for (const path of ["/admin", "/metrics/new-metric", "/data/upload", "/data/prepare", "/data/connections/new-connection", "/data/new-event", "/data/new-entity", "/trees/new-tree", "/targets/new-target"]) {
    await page.goto(path);
    await page.getByRole("heading", { name: t("common:denied.title"), exact: true }).waitFor();
  }

  // The session ends under the page: signing in again leads back to where one was.
  await page.goto("/explore");
  await settled(page);
  await context.clearCookies();
  await new Shell(page, t).go("data");
  await door.again.waitFor();
  await door.enter("vic", password, door.again);
  await door.again.waitFor({ state: "detached" });
  await page.getByRole("heading", { name: t("data:home.title"), exact: true }).waitFor();
  await page.getByText(t("data:home.emptyViewer")).waitFor();
  assert.equal(new URL(page.url()).pathname, "/data");

  // Out, and the address stays for the next one.
  await new Shell(page, t).signOut();
  await page.getByRole("button", { name: t("session:signIn.submit"), exact: true }).waitFor();
  await page.goto("/metrics");
  await page.getByRole("button", { name: t("session:signIn.submit"), exact: true }).waitFor();
  assert.equal((await context.request.get("/api/v1/metrics")).status(), 401);
});
