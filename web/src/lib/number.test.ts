import { describe, expect, it } from "vitest";
import { formatChange, formatDelta, formatExact, formatShare, formatShort, formatValue, valueParts } from "./number";

describe("short numbers", () => {
  it.each([
    [0, "0", "0"],
    [-0, "0", "0"],
    [9999, "9,999", "9,999"],
    [12345, "1.23万", "12.3K"],
    [1234567, "123.5万", "1.23M"],
    [-250000, "−25万", "−250K"],
    [123456789, "1.23亿", "123.5M"],
    [2.5e10, "250亿", "25B"],
    [3.14159, "3.14", "3.14"],
    [0.00123, "0.0012", "0.0012"],
    [1234.5, "1,235", "1,235"],
  ])("%d reads %s and %s", (value, zh, en) => {
    expect(formatShort(value, "zh-CN")).toBe(zh);
    expect(formatShort(value, "en")).toBe(en);
  });

  it("keeps the decimals that a format asks for", () => {
    expect(formatShort(3, "en", "0.00")).toBe("3.00");
    expect(formatShort(3.456, "en", "0.0")).toBe("3.5");
    expect(formatShort(3.456, "en", "0")).toBe("3");
  });
});

describe("values with units", () => {
  it("shows percents times a hundred", () => {
    expect(formatValue(0.1234, { unit: "percent" }, "en")).toBe("12.3%");
    expect(formatValue(0.1234, { unit: "percent", format: "0.00" }, "zh-CN")).toBe("12.34%");
  });

  it("puts the currency sign in front", () => {
    expect(formatValue(12345678, { unit: "CNY" }, "zh-CN")).toBe("¥1,235万");
    expect(formatValue(12345678, { unit: "CNY" }, "en")).toBe("¥12.3M");
    expect(formatValue(-12.5, { unit: "USD" }, "en")).toBe("−$12.50");
    expect(formatExact(12345678.9, { unit: "CNY" }, "zh-CN")).toBe("¥12,345,678.9");
  });

  it("says the unit after other values", () => {
    expect(formatValue(120, { unit: "orders" }, "en")).toBe("120 orders");
  });

  it("never shows 0 for no value", () => {
    expect(formatValue(null, { unit: "CNY" }, "en")).toBe("—");
    expect(formatValue(Number.NaN, {}, "en")).toBe("—");
    expect(valueParts(undefined, {}, "zh-CN").full).toBe("—");
  });
});

describe("changes", () => {
  it("uses points for percents and a rate for the rest", () => {
    expect(formatChange(0.0081, 0.05, { unit: "percent" }, "en")).toBe("0.81 pp");
    expect(formatChange(-0.031, -0.1, { unit: "percent" }, "en")).toBe("3.1 pp");
    expect(formatChange(-40, -0.032, { unit: "CNY" }, "en")).toBe("3.2%");
    expect(formatChange(40, null, {}, "en")).toBe("—");
  });

  it("signs differences", () => {
    expect(formatDelta(32000, {}, "zh-CN")).toBe("+3.2万");
    expect(formatDelta(-0.008, { unit: "percent" }, "en")).toBe("−0.8 pp");
    expect(formatDelta(-0.008, { unit: "percent" }, "zh-CN")).toBe("−0.8个百分点");
    expect(formatShare(-0.23, "en", 0)).toBe("−23%");
    expect(formatDelta(0, {}, "en")).toBe("0");
  });

  it("formats shares", () => {
    expect(formatShare(0.98, "en")).toBe("98%");
    expect(formatShare(null, "en")).toBe("—");
    expect([0, 1 / 74_584, 0.0006, 0.9996, 1 - 1 / 74_584, 1].map((v) => formatShare(v, "en"))).toEqual(["0%", "<0.1%", "0.1%", ">99.9%", ">99.9%", "100%"]);
    expect([0.004, 0.996].map((v) => formatShare(v, "en", 0))).toEqual(["<1%", ">99%"]);
  });
});
