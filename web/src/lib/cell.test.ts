import { expect, test } from "vitest";
import { formatCell, formatMean } from "./cell";

test("a moment is written in the zone of the workspace", () => {
  expect(formatCell("2024-12-02T00:24:46Z", "timestamp", "en", "Asia/Shanghai")).toBe("2024-12-02 08:24:46");
  expect(formatCell("2024-12-02T00:24:46Z", "timestamp", "en", "")).toBe("2024-12-02 00:24:46");
  expect(formatCell("no moment", "timestamp", "en", "Asia/Shanghai")).toBe("no moment");
  expect(formatCell("2024-12-02", "date", "zh-CN", "Asia/Shanghai")).toBe("2024-12-02");
});

test("decimals have the digits that their column says, others those that they have", () => {
  expect(formatCell(44.2, "decimal", "en", "UTC", 2)).toBe("44.20");
  expect(formatCell(1234567, "decimal", "en", "UTC", 2)).toBe("1,234,567.00");
  expect(formatCell(44.2, "decimal", "en", "UTC", 6)).toBe("44.2");
  expect(formatCell(44.2, "float", "en", "UTC")).toBe("44.2");
  expect(formatCell(2026, "integer", "en", "UTC")).toBe("2026");
  expect(formatCell("12345678901234567.89", "decimal", "en", "UTC", 2)).toBe("12345678901234567.89");
});

test("a mean has no digits that say nothing", () => {
  expect(formatMean(8.295134937779535, "integer", "en")).toBe("8.3");
  expect(formatMean(57.36629886774673, "decimal", "en", 2)).toBe("57.37");
  expect(formatMean(57.36629886774673, "decimal", "en", 6)).toBe("57.37");
  expect(formatMean(48210.5, "float", "en")).toBe("48,211");
  expect(formatMean(0.000123456, "float", "en")).toBe("0.00012");
  expect(formatMean(0.4, "decimal", "en", 0)).toBe("0.4");
});
