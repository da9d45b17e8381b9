import { expect, it } from "vitest";
import { breaksAt } from "./TrendChart";

it("marks a change of definition in the period in which it was made", () => {
  const points = ["2026-11-02", "2026-11-09", "2026-11-16"].map((time) => ({ time, value: 1 }));
  const breaks = ["2026-11-01", "2026-11-15", "2026-11-16", "2026-11-23"].map((time) => ({ time, text: time }));
  expect(breaksAt(points, breaks, "2026-11-23")).toEqual([{ index: 1, text: "2026-11-15" }, { index: 2, text: "2026-11-16" }]);
});
