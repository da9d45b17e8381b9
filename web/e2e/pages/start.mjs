import { pick } from "./controls.mjs";

/** The first visit to an empty workspace. */
export class FirstRun {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async create({ title, name, password, zone, weekStart, currency }) {
    const { page, t } = this;
    await page.goto("/");
    const field = (key) => page.getByLabel(t(`session:firstRun.${key}`), { exact: true });
    await field("displayName").fill(title);
    await field("name").fill(name);
    await field("password").fill(password);
    await field("again").fill(password);
    await pick(page, t("session:firstRun.zone"), zone.replaceAll("_", " "));
    await field("weekStart").selectOption(weekStart);
    await field("currency").selectOption(currency);
    await page.getByRole("button", { name: t("session:firstRun.submit") }).click();
    await page.getByRole("heading", { name: t("session:welcome.title"), exact: true }).waitFor();
  }

  /** From the three doors to the upload. */
  async toUpload() {
    await this.page.getByRole("link", { name: this.t("session:welcome.uploadAction") }).click();
    await this.page.waitForURL(/\/data\/upload/);
  }
}

/** The door. */
export class SignIn {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async enter(name, password, scope = this.page) {
    const user = scope.getByLabel(this.t("session:signIn.name"), { exact: true });
    await user.fill(name);
    await scope.getByLabel(this.t("session:signIn.password"), { exact: true }).fill(password);
    await scope.getByRole("button", { name: this.t("session:signIn.submit"), exact: true }).click();
  }

  /** The form that lies over the page when a session has ended. */
  get again() {
    return this.page.getByRole("dialog", { name: this.t("session:signIn.again") });
  }
}

/** Rail and top bar. */
export class Shell {
  constructor(page, t) {
    this.page = page;
    this.t = t;
  }

  async go(section) {
    await this.page.getByRole("navigation", { name: this.t("common:nav.label") }).getByRole("link", { name: this.t(`common:nav.${section}`), exact: true }).click();
  }

  async signOut() {
    await this.page.getByRole("button", { name: new RegExp(`^${this.t("common:top.person")}: `) }).click();
    await this.page.getByRole("menuitem", { name: this.t("common:top.signOut") }).click();
  }
}
