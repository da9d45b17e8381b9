import i18next from "i18next";
import { expect, test } from "vitest";
import { setLanguage, startI18n } from ".";

test("numbers in texts are grouped, also where a text does not say that it holds one", async () => {
  await startI18n();
  i18next.addResourceBundle("en", "trial", { rows_one: "{{count}} row of {{all}}", rows_other: "{{count}} rows of {{all}}", said: "{{n, number}} for {{name}}" });
  await setLanguage("en");
  expect(i18next.t("trial:rows", { count: 1234567, all: -4096 })).toBe("1,234,567 rows of −4,096");
  expect(i18next.t("trial:rows", { count: 1, all: 0.5 })).toBe("1 row of 0.5");
  expect(i18next.t("trial:said", { n: 12345, name: "20260105" })).toBe("12,345 for 20260105");
});
