import { describe, expect, it } from "vitest";
import { initials, slug } from "./name";
import { safeReturn } from "./url";

describe("slug", () => {
  it("keeps what a name may hold", () => {
    expect(slug("Weekly Active  Members!", "metric")).toBe("weekly_active_members");
    expect(slug("2024 sales", "metric")).toBe("sales");
    expect(slug("周活跃会员", "metric")).toBe("metric_1");
    expect(slug("Sales", "metric", ["sales"])).toBe("sales_2");
  });
});

describe("initials", () => {
  it("takes two letters or one character", () => {
    expect(initials("mei.lin")).toBe("ML");
    expect(initials("林梅")).toBe("林");
    expect(initials("")).toBe("");
  });
});

describe("return address", () => {
  it("never leaves the page", () => {
    expect(safeReturn("/metrics?q=1")).toBe("/metrics?q=1");
    expect(safeReturn("//evil.example")).toBe("/");
    expect(safeReturn("/\\evil.example")).toBe("/");
    expect(safeReturn("https://evil.example")).toBe("/");
    expect(safeReturn(null)).toBe("/");
  });
});
