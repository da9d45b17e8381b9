import { expect, test } from "vitest";
import { box, layout, pageOf } from "./layout";
import type { LineageNode } from "./types";

const node = (id: string, distance: number): LineageNode => ({ id, kind: id.split("/")[0] ?? "", name: id.split("/")[1] ?? "", title: {}, distance });

test("what flows in stands on the left, nothing overlaps, and lines lead to boxes", () => {
  const nodes = [node("Dataset/a", -2), node("Dataset/b", -1), node("Metric/m", 0), node("Metric/x", 1), node("Target/t", 1), node("Tree/g", 1)];
  const edges = [
    { from: "Dataset/a", to: "Dataset/b" },
    { from: "Dataset/b", to: "Metric/m", columns: ["k"] },
    { from: "Metric/m", to: "Tree/g" },
    { from: "Metric/m", to: "Gone/z" },
  ];
  const plan = layout({ nodes, edges });
  expect(plan.spots).toHaveLength(6);
  expect(plan.lines.map((l) => l.key)).toEqual(["Dataset/a Dataset/b", "Dataset/b Metric/m", "Metric/m Tree/g"]);
  for (const l of plan.lines) expect(l.from.x + box.width).toBeLessThan(l.to.x);
  for (const a of plan.spots) for (const b of plan.spots) if (a !== b && a.x === b.x) expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(box.height);
  expect(Math.max(...plan.spots.map((s) => s.x)) + box.width).toBe(plan.width);
});

test("what is reached by a short and a long way stands at the end of the long one", () => {
  const nodes = [node("Dataset/raw", -1), node("Dataset/clean", -1), node("Dataset/d", 0), node("Metric/a", 1), node("Metric/ratio", 1), node("Tree/g", 1)];
  const edges = [
    { from: "Dataset/raw", to: "Dataset/clean" },
    { from: "Dataset/raw", to: "Dataset/d" },
    { from: "Dataset/clean", to: "Dataset/d" },
    { from: "Dataset/d", to: "Metric/a" },
    { from: "Dataset/d", to: "Metric/ratio" },
    { from: "Dataset/d", to: "Tree/g" },
    { from: "Metric/ratio", to: "Tree/g" },
    { from: "Metric/a", to: "Metric/ratio" },
  ];
  const plan = layout({ nodes, edges });
  for (const l of plan.lines) expect(l.from.x + box.width, l.key).toBeLessThan(l.to.x);
  expect(plan.width).toBe(6 * box.width + 5 * box.gapX);
  // Things in a circle still find a place.
  expect(layout({ nodes, edges: [...edges, { from: "Metric/ratio", to: "Metric/a" }] }).spots).toHaveLength(nodes.length);
});

test("a column leads to its dataset", () => {
  expect(pageOf({ kind: "Column", name: "orders.amount" })).toBe("/data/orders?tab=columns");
  expect(pageOf({ kind: "Rollup", name: "r" })).toBeUndefined();
});
