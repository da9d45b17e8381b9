/** The form of a dataset's sync, from its page. */
export class SyncForm {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async open() {
    const { page, t } = this;
    await page.getByRole("button", { name: t("sync:change"), exact: true }).click();
    await page.getByRole("dialog").waitFor();
  }

  /** Takes one of the ways to go. */
  async choose(way) {
    await this.page.getByRole("radio", { name: this.t(`sync:form.${way}`), exact: true }).check();
  }

  async fill(field, value) {
    await this.page.getByLabel(this.t(`sync:form.${field}`), { exact: true }).fill(value);
  }

  /** Writes what cannot be used, and waits until that is told at the field and cannot be saved. */
  async wrong(field, value) {
    const { page, t } = this;
    await this.fill(field, value);
    await page.locator(`input[aria-invalid]`).and(page.getByLabel(t(`sync:form.${field}`), { exact: true })).waitFor();
    if (await page.getByRole("button", { name: t("common:save"), exact: true }).isEnabled()) throw new Error(`${field}: ${value} can be saved`);
  }

  /** When it would run, as the form says before it is saved. */
  async upcoming() {
    const { page, t } = this;
    const told = page.getByRole("dialog").getByText(t("sync:upcoming"));
    await told.waitFor();
    return told.innerText();
  }

  async save() {
    const { page, t } = this;
    await page.getByRole("dialog").getByRole("button", { name: t("common:save"), exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
  }
}
