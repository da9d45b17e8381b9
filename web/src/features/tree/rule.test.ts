import { describe, expect, it } from "vitest";
import { parseLag, parseRule, printLag, printRule } from "./rule";

describe("guardrail rules", () => {
  it.each([
    ["change_rate <= 0.05", "", "notRise", "5"],
    ["change_rate<=0.07", "CNY", "notRise", "7"],
    ["change_rate >= -0.1", "", "notFall", "10"],
    ["value >= 0.3", "percent", "atLeast", "30"],
    ["value >= 0.3", "", "atLeast", "0.3"],
    ["value <= 12", "CNY", "atMost", "12"],
    ["value <= -3.5", "", "atMost", "-3.5"],
  ])("%s of unit '%s' is %s %s, and back", (rule, unit, shape, amount) => {
    const form = parseRule(rule, unit);
    expect([form.shape, form.amount]).toEqual([shape, amount]);
    expect(parseRule(printRule(form, unit), unit)).toEqual({ ...form, text: printRule(form, unit) });
  });

  it("leaves other rules as they are", () => {
    for (const rule of ["change <= 3 and value > 2", "value > 3", "change_rate >= 0.1", "abs(change_rate) < 0.1"]) {
      expect(parseRule(rule, "").shape).toBe("text");
      expect(printRule(parseRule(rule, ""), "")).toBe(rule);
    }
  });

  it("says nothing for what is no number", () => {
    expect(printRule({ shape: "atLeast", amount: "", text: "" }, "")).toBe("");
    expect(printRule({ shape: "notRise", amount: "abc", text: "" }, "")).toBe("");
    expect(printRule({ shape: "notFall", amount: "-5", text: "" }, "")).toBe("");
  });
});

describe("lags", () => {
  it("read and write", () => {
    expect(parseLag("1 week")).toEqual({ count: "1", grain: "week" });
    expect(parseLag("3 months")).toEqual({ count: "3", grain: "month" });
    expect(parseLag(undefined)).toEqual({ count: "0", grain: "" });
    expect(printLag("2", "week")).toBe("2 weeks");
    expect(printLag("0", "week")).toBe("");
    expect(printLag("x", "week")).toBe("");
  });
});
