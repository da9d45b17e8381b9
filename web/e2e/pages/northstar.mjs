import { pick } from "./controls.mjs";

/** The form that draws a tree. */
export class TreeForm {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async draw({ root, guardrail }) {
    const { page, t } = this;
    await pick(page, t("tree:root"), root);
    await page.getByLabel(t("tree:period"), { exact: true }).selectOption("week");
    if (guardrail !== undefined) {
      await page.getByRole("button", { name: t("tree:addGuardrail") }).click();
      const rule = page.getByRole("group", { name: t("tree:guardrail"), exact: true });
      await pick(rule, t("tree:metric"), guardrail);
      await rule.getByLabel(t("tree:rule.label"), { exact: true }).selectOption("notFall");
      await rule.getByLabel(t("tree:when.label"), { exact: true }).selectOption("always");
    }
    await page.getByRole("button", { name: t("tree:save"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/");
  }
}

/** The form that says what is wanted. */
export class TargetForm {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  /** The same value for every week of a year. */
  async everyWeek(value, year) {
    const { page, t } = this;
    await page.getByLabel(t("target:period"), { exact: true }).selectOption("week");
    for (let back = new Date().getFullYear() - year; back > 0; back--) await page.getByRole("button", { name: t("target:yearBack") }).click();
    await page.getByLabel(t("target:first"), { exact: true }).fill(String(value));
    await page.getByRole("button", { name: t("target:fill"), exact: true }).click();
    await page.getByRole("button", { name: t("target:save"), exact: true }).click();
    await page.waitForURL((url) => url.pathname === "/");
  }
}

/** The home page. */
export class NorthStar {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  headline(name) {
    return this.page.getByRole("region", { name, exact: true });
  }

  /** The verdict's word, and the reasons that it opens. */
  async verdict() {
    const words = ["healthy", "watch", "unhealthy"].map((v) => this.t(`northstar:verdict.${v}`));
    const chip = this.page.locator('button[aria-haspopup="dialog"]').filter({ hasText: new RegExp(`^[^\\p{L}]*(${words.join("|")})$`, "u") });
    await chip.click();
    const dialog = this.page.getByRole("dialog");
    const reasons = await dialog.getByRole("listitem").allInnerTexts();
    await this.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    return { word: (await chip.innerText()).replace(/^[^\p{L}]+/u, ""), reasons };
  }

  /** The sentence that stands above the parts. */
  async sentence() {
    const text = this.page.locator('[class*="sentence"]').first();
    await text.waitFor();
    return text.innerText();
  }
}
