import { pick } from "./controls.mjs";

/** The editor of steps. */
export class StepsEditor {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async begin(dataset) {
    const { page, t } = this;
    await page.goto("/data");
    await page.getByRole("link", { name: t("data:home.prepare") }).click();
    await page.waitForURL(/\/data\/prepare/);
    await pick(page, t("prepare:from"), dataset);
  }

  /** Adds a step of a kind after the last one. */
  async add(kind) {
    const { page, t } = this;
    await page.getByText(t("prepare:add"), { exact: true }).click();
    await page.getByRole("button", { name: t(`prepare:kind.${kind}`), exact: true }).click();
  }

  field(key) {
    return this.page.getByLabel(this.t(`prepare:field.${key}`), { exact: true });
  }

  group(key) {
    return this.page.getByRole("group", { name: this.t(`prepare:field.${key}`), exact: true });
  }

  /** Takes columns of another dataset where two columns are equal. */
  async join({ dataset, here, there, columns }) {
    const { page, t } = this;
    await this.add("join");
    await pick(page, t("prepare:field.dataset"), dataset);
    await this.group("on").getByRole("button", { name: t("prepare:addEntry"), exact: true }).click();
    await page.getByLabel(t("prepare:pair.from", { n: 1 })).selectOption(here);
    await page.getByLabel(t("prepare:pair.to", { n: 1 })).selectOption(there);
    for (const c of columns) await this.group("columns").getByRole("checkbox", { name: c }).check();
  }

  /** Puts a condition together from a column, a comparison and a value. */
  async condition(column, comparison, value) {
    const { page, t } = this;
    await page.getByLabel(t("write:build.column"), { exact: true }).last().selectOption(column);
    await page.getByLabel(t("write:build.op"), { exact: true }).last().selectOption(comparison);
    if (value !== undefined) await page.getByRole("combobox", { name: t("write:build.operand"), exact: true }).last().fill(value);
    await page.getByRole("button", { name: t("write:build.add"), exact: true }).last().click();
  }

  /** A new column by a formula. */
  async derive(name, formula) {
    await this.add("derive");
    await this.field("name").fill(name);
    await this.write("expr", formula);
  }

  /** Takes the step of a number away. */
  async remove(n) {
    await this.page.getByRole("button", { name: this.t("prepare:remove", { n }), exact: true }).click();
  }

  /** Writes an expression into the field of a label. */
  async write(key, text) {
    const box = this.page.getByRole("textbox", { name: this.t(`prepare:field.${key}`), exact: true }).last();
    await box.and(this.page.locator(".cm-content")).waitFor(); // the plain field before it would lose what is typed meanwhile
    await box.click();
    await this.page.keyboard.press("ControlOrMeta+A");
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Escape");
  }

  /** Waits until the preview of the steps as they are now says so many rows. */
  async rows(count) {
    const { page } = this;
    await page.locator('[aria-busy="false"]').getByRole("status").getByText(this.t("prepare:preview.rows", { count }), { exact: true }).waitFor();
  }

  /** The cells of the preview, row by row. */
  async cells() {
    return this.page.getByRole("region", { name: this.t("prepare:preview.table") }).locator("tbody tr").evaluateAll((rows) => rows.map((r) => [...r.cells].map((c) => c.textContent)));
  }

  async publish({ zh, en, name, time, key = [] }) {
    const { page, t } = this;
    await page.getByLabel(t("prepare:titleZh"), { exact: true }).fill(zh);
    await page.getByLabel(t("prepare:titleEn"), { exact: true }).fill(en);
    await page.getByLabel(t("prepare:name"), { exact: true }).fill(name);
    if (time !== undefined) await page.getByLabel(t("prepare:time"), { exact: true }).selectOption(time);
    for (const column of key) await page.getByRole("group", { name: t("prepare:key"), exact: true }).getByRole("checkbox", { name: column }).check();
    await page.getByRole("button", { name: t("prepare:publish"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/data/${name}`);
    await page.getByRole("tab", { name: t("data:tab.loads") }).waitFor();
  }
}
