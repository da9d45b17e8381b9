// How a person uses the page's own controls.

/** Chooses in a field that is searched by typing. */
export async function pick(scope, label, text) {
  const field = scope.getByRole("combobox", { name: label, exact: true });
  await field.click();
  await field.fill(text);
  await scope.getByRole("option").filter({ hasText: text }).first().click();
}

/** Waits for the notice that says that something was done. */
export async function told(page, text) {
  await page.getByText(text, { exact: true }).first().waitFor();
}
