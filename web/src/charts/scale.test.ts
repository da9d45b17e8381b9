import { describe, expect, it } from "vitest";
import { extent, linePath, padded, ticks, yScale } from "./scale";

describe("scales", () => {
  it("ignores what is missing", () => {
    expect(extent([null, 3, undefined, -1, Number.NaN])).toEqual({ min: -1, max: 3 });
    expect(extent([null])).toBeNull();
  });

  it("gives a flat series room", () => {
    expect(padded({ min: 5, max: 5 }, 0.1)).toEqual({ min: 4.5, max: 5.5 });
    expect(padded({ min: 0, max: 0 }, 0.1)).toEqual({ min: -0.1, max: 0.1 });
  });

  it("puts large values on top", () => {
    const y = yScale({ min: 0, max: 10 }, 0, 100);
    expect(y(10)).toBe(0);
    expect(y(0)).toBe(100);
  });

  it("finds round ticks inside", () => {
    expect(ticks({ min: 0, max: 100 }, 4)).toEqual([0, 20, 40, 60, 80, 100]);
    expect(ticks({ min: 3, max: 3 })).toEqual([3]);
    for (const t of ticks({ min: -0.37, max: 1.92 })) {
      expect(t).toBeGreaterThanOrEqual(-0.37);
      expect(t).toBeLessThanOrEqual(1.92);
    }
  });

  it("breaks the line where a value is missing", () => {
    expect(linePath([[0, 1], null, [2, 3], [4, 5]])).toBe("M0.0 1.0M2.0 3.0L4.0 5.0");
  });
});
