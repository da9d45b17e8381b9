/** What a dataset promises, and whether it keeps it. */
export class Quality {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async open(dataset) {
    const { page, t } = this;
    await page.goto(`/data/${dataset}?tab=quality`);
    await page.getByRole("heading", { name: t("quality:rules"), exact: true }).waitFor();
  }

  /** Accepts a suggestion that says so; the list comes after a look at the rows. */
  async accept(what) {
    const { page, t } = this;
    const show = page.getByRole("button", { name: t("quality:suggestions.show"), exact: true });
    if (await show.isVisible()) await show.click();
    const found = page.getByRole("listitem").filter({ has: page.getByRole("button", { name: t("quality:suggestions.accept"), exact: true }) }).filter({ hasText: what });
    await found.first().getByRole("button", { name: t("quality:suggestions.accept"), exact: true }).click();
    await this.rule(what).waitFor();
  }

  /** Opens the form of a new rule, and resolves to the dialog. */
  async begin(kind) {
    const { page, t } = this;
    await page.getByRole("button", { name: t("quality:form.add"), exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(t("quality:form.kind"), { exact: true }).selectOption(kind);
    return dialog;
  }

  async save(dialog) {
    await dialog.getByRole("button", { name: this.t("quality:form.save"), exact: true }).click();
    await dialog.waitFor({ state: "detached" });
  }

  /** The rule that is shown with these words. */
  rule(words) {
    const { page, t } = this;
    return page.getByRole("listitem").filter({ has: page.getByText(new RegExp(`(${["kept", "broken", "unknown"].map((s) => t(`quality:state.${s}`)).join("|")})$`)) }).filter({ hasText: words });
  }

  /** Waits until a rule stands so. */
  async stands(words, state) {
    await this.rule(words).getByText(new RegExp(`(^|[^\\p{L}])${this.t(`quality:state.${state}`)}$`, "u")).waitFor();
  }

  /** Checks all rules now, and waits for how they stand. */
  async run() {
    const { page, t } = this;
    const ran = page.waitForResponse((r) => r.url().endsWith("/quality/run"));
    await page.getByRole("button", { name: t("quality:run"), exact: true }).click();
    await ran;
  }
}
