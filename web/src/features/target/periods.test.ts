import { describe, expect, it } from "vitest";
import { fill, mondayOf, parseValues, showValues, slots, weeksOf } from "./periods";

describe("periods of a year", () => {
  it("knows long years", () => {
    expect([2015, 2020, 2024, 2026, 2027].map(weeksOf)).toEqual([53, 53, 52, 53, 52]);
  });

  it("finds Mondays", () => {
    expect(mondayOf(2026, 1)).toBe("2025-12-29");
    expect(mondayOf(2024, 1)).toBe("2024-01-01");
    expect(mondayOf(2020, 53)).toBe("2020-12-28");
  });

  it("names periods as the server reads them", () => {
    expect(slots("quarter", 2026).map((s) => s.key)).toEqual(["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]);
    expect(slots("quarter", 2026).map((s) => s.day)).toEqual(["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"]);
    expect(slots("month", 2026).at(-1)).toEqual({ key: "2026-12", day: "2026-12-01" });
    expect(slots("week", 2026)[4]?.key).toBe("2026-W05");
    expect(slots("year", 2026)[0]?.key).toBe("2026");
  });
});

describe("values", () => {
  it("go both ways, percents times a hundred", () => {
    const stored = { "2026-01": 0.07, "2026-02": 0.3 };
    expect([...showValues(stored, true).values()]).toEqual(["7", "30"]);
    expect(parseValues(showValues(stored, true), true)).toEqual(stored);
    expect(parseValues(new Map([["2026", "1,200,000"], ["2027", " "]]), false)).toEqual({ "2026": 1_200_000 });
    expect(parseValues(new Map([["2026", "a lot"]]), false)).toBeNull();
  });

  it("fill with growth", () => {
    expect([...fill(["a", "b", "c"], 100, 10).values()]).toEqual(["100", "110", "121"]);
  });
});
