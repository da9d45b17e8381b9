import { readFile } from "node:fs/promises";

/** Asking freely. */
export class Explore {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async take(name) {
    await this.page.getByRole("button", { name, exact: true, pressed: false }).click();
  }

  get table() {
    return this.page.getByRole("region", { name: this.t("explore:table.label"), exact: true }).getByRole("table");
  }

  /** Says something of the question otherwise: opens its chip and chooses. */
  async choose(chip, choice) {
    await this.page.getByRole("button", { name: new RegExp(`^${this.t(`explore:${chip}`)}: `) }).click();
    await this.page.getByRole("dialog").getByRole("button", { name: choice, exact: true }).click();
  }

  /** The cells of the answer, row by row, numbers in full as hovering shows them. */
  async full(...words) {
    for (const word of words) await this.table.getByText(word, { exact: true }).first().waitFor();
    return this.table.locator("tbody tr, tfoot tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.title || cell.textContent.trim())));
  }

  /** The cells of the answer, row by row. */
  async cells(...words) {
    for (const word of words) await this.table.getByText(word, { exact: true }).first().waitFor();
    return this.table.locator("tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent.trim())));
  }

  /** Downloads the answer; resolves to name and bytes. */
  async download(kind) {
    await this.page.getByRole("button", { name: this.t("explore:export"), exact: true }).click();
    const coming = this.page.waitForEvent("download");
    await this.page.getByRole("menuitem", { name: kind }).click();
    const file = await coming;
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  }
}
