/** The keys with which sources send events. */
export class WriteKeys {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async open() {
    const { page, t } = this;
    await page.goto("/data/events");
    await page.getByRole("link", { name: t("events:keys"), exact: true }).first().click();
    await page.getByRole("heading", { name: t("writekeys:title"), exact: true }).waitFor();
  }

  /** Makes a key for a source, and resolves to what is shown once. */
  async make(source) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("writekeys:new.title"), exact: true }).first().click();
    await page.getByLabel(t("writekeys:new.name"), { exact: true }).fill(source);
    await page.getByRole("button", { name: t("writekeys:new.create"), exact: true }).click();
    await page.getByText(t("writekeys:new.once"), { exact: true }).waitFor();
    const key = await page.locator("dialog code").first().innerText();
    await page.getByRole("button", { name: t("writekeys:new.done"), exact: true }).click();
    return key;
  }

  async revoke(source) {
    const { page, t } = this;
    const row = page.getByRole("row").filter({ hasText: source });
    await row.getByRole("button", { name: t("writekeys:revoke.action"), exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: t("writekeys:revoke.action"), exact: true }).click();
    await row.waitFor({ state: "detached" });
  }
}
