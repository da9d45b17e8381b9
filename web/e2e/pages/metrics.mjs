import { pick } from "./controls.mjs";

/** The form that defines a metric. */
export class MetricForm {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  /** Says how it is computed. */
  async way(way) {
    await this.page.getByRole("radio", { name: this.t(`metrics:way.${way}`), exact: true }).check();
  }

  /** Names it and stores it. */
  async finish({ zh, en, name, unit, direction = "up" }) {
    const { page, t } = this;
    const field = (key) => page.getByLabel(t(`metrics:${key}`), { exact: true });
    await field("form.titleZh").fill(zh);
    await field("form.titleEn").fill(en);
    if (unit !== undefined) await field("form.unit").fill(unit);
    await field("def.direction").selectOption(direction);
    await field("form.name").fill(name);
    await page.getByRole("button", { name: t("metrics:save"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === `/metrics/${name}`);
  }

  async open() {
    await this.page.goto("/metrics/new-metric");
  }

  /** Rows of a dataset, counted or summed. `of` begins the name of the column. */
  async simple({ dataset, agg, of, ...words }) {
    const { page, t } = this;
    await this.way("simple");
    await page.getByLabel(t("metrics:form.dataset"), { exact: true }).selectOption({ label: dataset });
    await page.getByLabel(t("metrics:form.agg"), { exact: true }).selectOption(agg);
    if (of !== undefined) {
      const column = page.getByLabel(t("metrics:form.what"), { exact: true });
      const label = (await column.locator("option").allTextContents()).find((text) => text.startsWith(of));
      await column.selectOption({ label });
    }
    await this.finish(words);
  }

  async ratio({ top, bottom, ...words }) {
    await this.way("ratio");
    await pick(this.page, this.t("metrics:form.numerator"), top);
    await pick(this.page, this.t("metrics:form.denominator"), bottom);
    await this.finish(words);
  }
}
