import { describe, expect, it } from "vitest";
import type { Edge, NodeState, TreeState } from "@/api/types";
import { card, edgePath, edgeWidth, layout, spanning, step } from "./layout";

const node = (metric: string) => ({ id: metric, metric }) as NodeState;
const edge = (from: string, to: string, kind: Edge["kind"] = "formula") => ({ from, to, kind }) as Edge;
const state = {
  nodes: ["root", "a", "b", "a1", "a2", "shared", "inf"].map(node),
  edges: [edge("a", "root"), edge("b", "root"), edge("a1", "a"), edge("a2", "a"), edge("shared", "a"), edge("shared", "b"), edge("inf", "b", "influence"), edge("root", "b", "influence"), edge("gone", "b")],
} as TreeState;
const none = new Set<string>();

describe("layout", () => {
  it("puts every metric once, even shared and circular ones", () => {
    const plan = layout(state, "root", none);
    expect([...plan.placed.keys()].toSorted()).toEqual(["a", "a1", "a2", "b", "inf", "root", "shared"]);
    expect(spanning(state, "root").get("b")).toEqual(["inf"]);
  });

  it("lets no two cards overlap", () => {
    const spots = [...layout(state, "root", none).placed.values()];
    for (const p of spots) {
      for (const q of spots) {
        if (p === q) continue;
        expect(Math.abs(p.x - q.x) >= card.width || Math.abs(p.y - q.y) >= card.height).toBe(true);
      }
    }
  });

  it("folds a branch and counts what is hidden", () => {
    const plan = layout(state, "root", new Set(["a"]));
    expect(plan.placed.has("a1")).toBe(false);
    expect(plan.placed.get("a")?.hidden).toBe(3);
    expect(plan.edges.some((e) => e.from === "shared")).toBe(false);
  });

  it("focuses on a branch", () => {
    expect([...layout(state, "a", none).placed.keys()]).toEqual(["a", "a1", "a2", "shared"]);
  });
});

describe("arrow keys", () => {
  const plan = layout(state, "root", none);
  it("walk the tree", () => {
    expect(step(plan, "root", "right")).toBe("a");
    expect(step(plan, "a", "down")).toBe("b");
    expect(step(plan, "b", "up")).toBe("a");
    expect(step(plan, "a2", "left")).toBe("a");
    expect(step(plan, "root", "left")).toBeNull();
    expect(step(plan, "shared", "down")).toBe("inf");
  });
});

describe("edges", () => {
  it("are thicker the more they explain", () => {
    expect(edgeWidth(null)).toBe(1.5);
    expect(edgeWidth(-0.5)).toBe(4);
    expect(edgeWidth(7)).toBe(6.5);
  });

  it("are drawn only between cards that show", () => {
    const plan = layout(state, "root", new Set(["a"]));
    expect(edgePath(plan, edge("a1", "a"))).toBeNull();
    expect(edgePath(plan, edge("a", "root"))?.path.startsWith("M")).toBe(true);
  });
});
