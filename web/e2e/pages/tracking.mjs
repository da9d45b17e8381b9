import { pick } from "./controls.mjs";

/** Entities: which ids are of one. */
export class Entities {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  /** Makes an entity whose ids one dataset links; resolves to what a trial said. */
  async make({ zh, en, name, kinds, dataset, columns }) {
    const { page, t } = this;
    await page.goto("/data/entities");
    await page.getByRole("link", { name: t("identity:list.new"), exact: true }).first().click();
    await page.getByLabel(t("write:title.zh"), { exact: true }).fill(zh);
    await page.getByLabel(t("write:title.en"), { exact: true }).fill(en);
    await page.getByLabel(t("write:name"), { exact: true }).fill(name);
    const names = page.getByLabel(t("identity:form.kindName"), { exact: true });
    for (const [i, kind] of kinds.entries()) {
      if (i > 0) await page.getByRole("button", { name: t("identity:form.addKind"), exact: true }).click();
      await names.nth(i).fill(kind);
    }
    await page.getByRole("button", { name: t("identity:form.addLink"), exact: true }).click();
    await pick(page, t("identity:form.dataset"), dataset);
    for (const [label, kind] of Object.entries(columns)) await page.getByLabel(label, { exact: true }).selectOption(kind);
    await page.getByRole("button", { name: t("identity:trial.run"), exact: true }).click();
    const said = await page.getByRole("region", { name: t("identity:trial.title"), exact: true }).innerText();
    await page.getByRole("button", { name: t("common:save"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/data/entities/${name}`);
    return said;
  }
}

/** Events of the plan, and what breaks it. */
export class Events {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  /** From the list to the form of a new event. */
  async begin({ zh, en, name, ids }) {
    const { page, t } = this;
    await page.goto("/data/events");
    await page.getByRole("link", { name: t("events:new"), exact: true }).first().click();
    await page.getByLabel(t("write:title.zh"), { exact: true }).fill(zh);
    await page.getByLabel(t("write:title.en"), { exact: true }).fill(en);
    await page.getByLabel(t("write:name"), { exact: true }).fill(name);
    for (const id of ids) await page.getByLabel(id, { exact: true }).check();
  }

  /** Adds a property, and gives the part of the form that is about it. */
  async property({ name, type, required, ...fields }) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("events:form.addProperty"), exact: true }).click();
    const part = page.locator("details").filter({ has: page.getByLabel(t("events:form.property"), { exact: true }) }).last();
    await part.getByLabel(t("events:form.property"), { exact: true }).fill(name);
    await part.getByLabel(t("events:col.type"), { exact: true }).selectOption(type);
    for (const [key, value] of Object.entries(fields)) await part.getByLabel(t(`events:form.${key}`), { exact: true }).fill(value);
    if (required) await part.getByLabel(t("events:form.required"), { exact: true }).check();
    return part;
  }

  async save(name) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("common:save"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/data/events/${name}`);
  }

  /** Takes the only proposal into the form, says what comes before it, and saves. */
  async adopt(name, { properties, after }) {
    const { page, t } = this;
    await page.goto("/data/events?tab=proposals");
    await page.getByRole("link", { name: t("events:lookFirst"), exact: true }).click();
    for (const property of properties) await page.locator("summary strong").getByText(property, { exact: true }).waitFor();
    await pick(page, t("events:form.after"), after);
    await this.save(name);
  }

  /** Gives all messages of the only reason in quarantine, which belong to the event of a title, another name for a property. */
  async rename(title, from, stored) {
    const { page, t } = this;
    await page.goto("/data/events?tab=quarantine");
    const mend = page.getByRole("button", { name: t("events:mend.open"), exact: true });
    await mend.waitFor();
    await page.getByText(title).first().waitFor(); // names are shown until titles are known
    const text = await page.locator("main").innerText();
    await mend.click();
    await page.getByLabel(t("events:mend.property"), { exact: true }).fill(from);
    await page.getByRole("button", { name: t("events:mend.apply", { count: stored }), exact: true }).click();
    await page.getByText(t("events:clean"), { exact: true }).waitFor();
    return text;
  }
}

/** The dialog that deletes a definition, from its page. */
export class Deleting {
  constructor(page, t) {
    this.page = page;
    this.t = t;
    this.button = page.getByRole("dialog").getByRole("button", { name: t("write:delete.action"), exact: true });
  }

  async open(path) {
    const { page, t } = this;
    await page.goto(path);
    await page.getByRole("button", { name: t("write:delete.action"), exact: true }).click();
    await this.button.waitFor();
    await page.getByRole("dialog").locator('[class*="skeleton"]').waitFor({ state: "detached" });
  }

  /** Takes along what hangs on it. */
  async together() {
    await this.page.getByRole("dialog").getByRole("checkbox", { name: this.t("write:delete.cascade"), exact: true }).check();
  }

  async press() {
    await this.button.click();
  }
}
