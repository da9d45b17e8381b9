import { settled } from "../lib/browser.mjs";

/** Connections: made, tried, and brought in from. */
export class Connections {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  /** From the data page to the form of a new connection. */
  async open() {
    const { page, t } = this;
    await page.goto("/data");
    await page.getByRole("link", { name: t("data:home.connections"), exact: true }).first().click();
    await page.getByRole("link", { name: t("connections:list.new"), exact: true }).first().click();
    await page.getByRole("heading", { name: t("connections:form.new") }).waitFor();
  }

  async fill({ type, name, title, password, ...fields }) {
    const { page, t } = this;
    if (type !== undefined) await page.getByLabel(t("connections:list.type"), { exact: true }).selectOption(type);
    await page.getByLabel(t("connections:form.name"), { exact: true }).fill(name);
    await page.getByLabel(t("connections:form.titleZh"), { exact: true }).fill(title.zh);
    await page.getByLabel(t("connections:form.titleEn"), { exact: true }).fill(title.en);
    for (const [key, value] of Object.entries(fields)) await page.getByLabel(t(`connections:field.${key}`), { exact: true }).fill(value);
    if (password !== undefined) await this.password(password);
  }

  async password(value) {
    await this.page.getByLabel(this.t("connections:field.password"), { exact: true }).fill(value);
  }

  /** Tries it, and resolves to what the page says. */
  async try() {
    const { page, t } = this;
    await page.getByRole("button", { name: t("connections:trial.run"), exact: true }).click();
    await settled(page);
    return page.locator("main").innerText();
  }

  async save(name) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("connections:form.save"), exact: true }).click();
    await page.waitForURL(`**/data/connections/${name}`);
  }

  /** Opens what is found in a file of a connection. */
  async look(connection, file) {
    const { page, t } = this;
    await page.goto(`/data/connections/${connection}`);
    await page.getByRole("link", { name: t("connections:streams.bringNamed", { name: file }), exact: true }).click();
    await page.getByRole("button", { name: t("connections:offer.start"), exact: true }).waitFor();
  }

  /** Brings the file in that is looked at, and waits until its rows are there. */
  async bringFile({ zh, en, name, rows, key }) {
    const { page, t } = this;
    await page.getByLabel(t("connections:offer.name"), { exact: true }).fill(name);
    await page.getByLabel(t("connections:form.titleZh"), { exact: true }).fill(zh);
    await page.getByLabel(t("connections:form.titleEn"), { exact: true }).fill(en);
    if (key !== undefined) {
      await page.getByLabel(t("data:key.label"), { exact: true }).selectOption("own");
      for (const column of key) await page.getByRole("group", { name: t("data:key.pick") }).getByRole("checkbox", { name: column, exact: true }).check();
    }
    await page.getByLabel(t("connections:sync.every"), { exact: true }).selectOption("");
    await page.getByRole("button", { name: t("connections:offer.start"), exact: true }).click();
    await page.waitForURL(`**/data/${name}`);
    await page.getByText(t("data:rows", { count: rows }), { exact: true }).first().waitFor();
  }

  /** Brings a table in with the way that is proposed, and waits until its rows are there. */
  async bring(table, { zh, en, name, rows }) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("connections:streams.bringNamed", { name: table }), exact: true }).click();
    await page.getByLabel(t("connections:offer.name"), { exact: true }).fill(name);
    await page.getByLabel(t("connections:form.titleZh"), { exact: true }).fill(zh);
    await page.getByLabel(t("connections:form.titleEn"), { exact: true }).fill(en);
    await page.getByRole("button", { name: t("connections:offer.start"), exact: true }).click();
    await page.waitForURL(`**/data/${name}`);
    await page.getByText(t("data:rows", { count: rows }), { exact: true }).first().waitFor();
  }

  /** Names the connection and its address, and says who asks. */
  async fillInterface({ name, title, url, token, headers = {} }) {
    const { page, t } = this;
    await page.getByLabel(t("connections:list.type"), { exact: true }).selectOption("rest");
    await page.getByLabel(t("connections:form.name"), { exact: true }).fill(name);
    await page.getByLabel(t("connections:form.titleZh"), { exact: true }).fill(title.zh);
    await page.getByLabel(t("connections:form.titleEn"), { exact: true }).fill(title.en);
    await page.getByLabel(t("connections:field.url"), { exact: true }).fill(url);
    await page.getByLabel(t("connections:field.auth.type"), { exact: true }).selectOption("bearer");
    await this.token(token);
    await page.getByText(t("connections:form.more"), { exact: true }).first().click();
    const label = t("connections:field.secretHeaders");
    for (const [header, value] of Object.entries(headers)) {
      await page.getByRole("button", { name: t("connections:pairs.addTo", { label }), exact: true }).click();
      await page.getByLabel(t("connections:pairs.name", { label }), { exact: true }).last().fill(header);
      await page.getByLabel(t("connections:pairs.value", { label }), { exact: true }).last().fill(value);
    }
  }

  async token(value) {
    await this.page.getByLabel(this.t("connections:field.auth.token"), { exact: true }).fill(value);
  }

  /** Fills fields of the only list, by their paths. */
  async fillList(values) {
    for (const [path, value] of Object.entries(values)) await this.page.getByLabel(this.t(`connections:stream.${path}`), { exact: true }).fill(value);
  }

  /** Tries the only list, and waits for what the page says to that. */
  async tryList(said) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("connections:glimpse.run"), exact: true }).click();
    await page.getByText(said).first().waitFor();
  }
}
