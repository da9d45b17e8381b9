/** Files in, datasets out. */
export class Upload {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  item(name) {
    return this.page.getByRole("list", { name: this.t("data:file.list") }).getByRole("listitem").filter({ hasText: name });
  }

  /** Gives the files and waits until each has been read. */
  async choose(files) {
    await this.page.locator('input[type="file"]').setInputFiles(files);
    for (const { name } of files) await this.item(name).filter({ hasText: this.t("data:file.ready") }).waitFor();
  }

  /** Settles one file: what its rows are called. Other proposals stay as they are. */
  async describe(file, { zh, en, name }) {
    const { page, t } = this;
    await this.item(file).getByRole("button").first().click();
    await page.getByLabel(t("data:titleZh"), { exact: true }).fill(zh);
    await page.getByLabel(t("data:titleEn"), { exact: true }).fill(en);
    await page.getByLabel(t("data:target.name"), { exact: true }).fill(name);
  }

  /** Loads everything; each file must end with so many rows and no rejects. */
  async load(rows) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("data:upload.load", { count: rows.length }) }).click();
    for (const count of rows) await page.getByText(t("data:run.sum", { records: t("data:records", { count }), loaded: t("data:count", { count }), rejected: t("data:count", { count: 0 }) })).waitFor();
  }

  /** Takes every relationship that was found; resolves to how many there were. */
  async acceptRelations(expected) {
    const accept = this.page.getByRole("button", { name: this.t("data:relations.accept"), exact: true });
    for (let left = expected; left > 0; left--) {
      await accept.nth(left - 1).waitFor();
      await accept.first().click();
      await accept.nth(left - 1).waitFor({ state: "detached" });
    }
  }

  async toMetric() {
    await this.page.getByRole("link", { name: this.t("data:upload.metric") }).click();
    await this.page.waitForURL(/\/metrics\/new/);
  }
}
