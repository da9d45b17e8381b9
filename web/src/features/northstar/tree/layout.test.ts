import { describe, expect, it } from "vitest";
import type { Edge, NodeState, TreeState } from "@/api/types";
import { card, edgeWidth, foldedAtFirst, layout, linePath, spanning, step } from "./layout";
import { openView } from "./viewport";

const node = (metric: string) => ({ id: metric, metric }) as NodeState;
const edge = (from: string, to: string, kind: Edge["kind"] = "formula") => ({ from, to, kind }) as Edge;
const state = {
  nodes: ["root", "a", "b", "a1", "a2", "shared", "inf"].map(node),
  edges: [edge("a", "root"), edge("b", "root"), edge("a1", "a"), edge("a2", "a"), edge("shared", "a"), edge("shared", "b"), edge("inf", "b", "influence"), edge("root", "b", "influence"), edge("gone", "b")],
} as TreeState;
const none = new Set<string>();

describe("layout", () => {
  it("gives every metric one full card, and refers to shared and circular ones", () => {
    const plan = layout(state, "root", none);
    expect([...plan.placed.values()].filter((p) => !p.ref).map((p) => p.key).toSorted()).toEqual(["a", "a1", "a2", "b", "inf", "root", "shared"]);
    expect([...plan.placed.values()].filter((p) => p.ref).map((p) => p.key)).toEqual(["b>shared", "b>root"]);
    expect(spanning(state, "root").get("b")?.map((c) => [c.id, c.ref])).toEqual([["shared", true], ["inf", false], ["root", true]]);
  });

  it("lets every line run forward", () => {
    const plan = layout(state, "root", none);
    expect(plan.lines).toHaveLength(8);
    for (const line of plan.lines) {
      const [child, parent] = [plan.placed.get(line.child), plan.placed.get(line.edge.to)];
      expect(child?.depth).toBe((parent?.depth ?? NaN) + 1);
    }
  });

  it("lets no two cards overlap", () => {
    for (const folded of [none, new Set(["a"]), new Set(["b"])]) {
      const spots = [...layout(state, "root", folded).placed.values()];
      for (const p of spots) {
        for (const q of spots) {
          if (p === q || p.x !== q.x) continue;
          expect(p.y >= q.y + q.height || q.y >= p.y + p.height).toBe(true);
        }
      }
    }
  });

  it("spreads columns over the room there is, within limits", () => {
    expect(layout(state, "root", none).width).toBe(3 * card.width + 2 * card.gapX);
    expect(layout(state, "root", none, 900).width).toBe(900);
    expect(layout(state, "root", none, 5000).width).toBe(3 * card.width + 2 * card.gapXMost);
  });

  it("folds a branch and counts what is hidden", () => {
    const plan = layout(state, "root", new Set(["a"]));
    expect(plan.placed.has("a1")).toBe(false);
    expect(plan.placed.get("a")?.hidden).toBe(3);
    expect(plan.lines.some((l) => l.edge.to === "a")).toBe(false);
  });

  it("focuses on a branch", () => {
    expect([...layout(state, "a", none).placed.keys()]).toEqual(["a", "a1", "a2", "shared"]);
  });

  it("opens with two levels below the root, and keeps what its author folded", () => {
    const deep = { nodes: ["r", "x", "y", "z", "w"].map((id) => ({ ...node(id), collapsed: id === "w" })), edges: [edge("x", "r"), edge("y", "x"), edge("z", "y"), edge("w", "r")] } as TreeState;
    expect([...foldedAtFirst(deep, "r")].toSorted()).toEqual(["w", "y"]);
    expect([...foldedAtFirst(deep, "x")]).toEqual(["w"]);
  });
});

describe("the first view", () => {
  it("never shows cards too small to read", () => {
    expect(openView({ width: 1000, height: 600 }, { width: 3000, height: 2000 }, 1000)).toEqual({ zoom: 0.85, x: 24, y: 300 - 850 });
  });

  it("stands at the left edge and never enlarges", () => {
    expect(openView({ width: 1000, height: 600 }, { width: 700, height: 400 }, 200)).toEqual({ zoom: 1, x: 24, y: 100 });
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
    expect(step(plan, "shared", "down")).toBe("b>shared");
  });
});

describe("lines", () => {
  it("are thicker the more they explain", () => {
    expect(edgeWidth(null)).toBe(1.5);
    expect(edgeWidth(-0.5)).toBe(4);
    expect(edgeWidth(7)).toBe(6.5);
  });

  it("are drawn only between cards that show", () => {
    const plan = layout(state, "root", new Set(["a"]));
    expect(linePath(plan, { edge: edge("a1", "a"), child: "a1" })).toBeNull();
    const line = linePath(plan, { edge: edge("a", "root"), child: "a" });
    expect(line?.path.startsWith(`M${card.width} `)).toBe(true);
    expect(line?.x).toBeLessThan(plan.placed.get("a")?.x ?? 0);
  });
});
