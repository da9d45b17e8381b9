import { describe, expect, it } from "vitest";
import { customsOf, fill, parseValues, showValues, slots, weekOf, weeksOf } from "./periods";

const usual = { weekStart: 1, yearStart: 1 };

describe("periods of a year", () => {
  it("knows long years", () => {
    expect([2015, 2020, 2024, 2026, 2027].map((y) => weeksOf(y, 1))).toEqual([53, 53, 52, 53, 52]);
    // With Sunday weeks the fourth day is Wednesday: 2025 ends on one.
    expect([2025, 2026].map((y) => weeksOf(y, 0))).toEqual([53, 52]);
  });

  it("finds the first day of weeks by the day on which weeks begin", () => {
    expect(weekOf(2026, 1, 1)).toBe("2025-12-29");
    expect(weekOf(2024, 1, 1)).toBe("2024-01-01");
    expect(weekOf(2020, 53, 1)).toBe("2020-12-28");
    expect(weekOf(2026, 1, 0)).toBe("2026-01-04");
    expect(weekOf(2026, 1, 6)).toBe("2026-01-03");
  });

  it("names periods as the server reads them", () => {
    expect(slots("quarter", 2026, usual).map((s) => s.key)).toEqual(["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]);
    expect(slots("quarter", 2026, usual).map((s) => s.day)).toEqual(["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"]);
    expect(slots("month", 2026, usual).at(-1)).toEqual({ key: "2026-12", day: "2026-12-01" });
    expect(slots("week", 2026, usual)[4]?.key).toBe("2026-W05");
    expect(slots("year", 2026, usual)[0]).toEqual({ key: "2026", day: "2026-01-01" });
  });

  it("names a fiscal year after the one in which it ends", () => {
    const april = { weekStart: 1, yearStart: 4 };
    expect(slots("quarter", 2026, april).map((s) => s.day)).toEqual(["2025-04-01", "2025-07-01", "2025-10-01", "2026-01-01"]);
    expect(slots("year", 2026, april)[0]).toEqual({ key: "2026", day: "2025-04-01" });
  });

  it("reads the customs of a workspace", () => {
    expect(customsOf({ zone: "UTC" })).toEqual(usual);
    expect(customsOf({ zone: "UTC", weekStart: "sunday", yearStart: 7 })).toEqual({ weekStart: 0, yearStart: 7 });
  });
});

describe("values", () => {
  it("go both ways, percents times a hundred", () => {
    const stored = { "2026-01": 0.07, "2026-02": 0.3 };
    expect([...showValues(stored, true, "month", usual).values()]).toEqual(["7", "30"]);
    expect(parseValues(showValues(stored, true, "month", usual), true)).toEqual(stored);
    expect(parseValues(new Map([["2026", "1,200,000"], ["2027", " "]]), false)).toEqual({ "2026": 1_200_000 });
    expect(parseValues(new Map([["2026", "a lot"]]), false)).toBeNull();
  });

  it("are found under the first day of their period too", () => {
    expect([...showValues({ "2025-12-29": 1650, "2026-01-05": 1660, "2026-W03": 1670 }, false, "week", usual)]).toEqual([["2026-W01", "1650"], ["2026-W02", "1660"], ["2026-W03", "1670"]]);
    expect([...showValues({ "2025-04-01": 1, "2026-02-02": 2 }, false, "quarter", { weekStart: 1, yearStart: 4 })]).toEqual([["2026-Q1", "1"], ["2026-02-02", "2"]]);
  });

  it("fill with growth", () => {
    expect([...fill(["a", "b", "c"], 100, 10).values()]).toEqual(["100", "110", "121"]);
  });
});
