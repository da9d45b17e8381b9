import type { Edge, NodeState, TreeState } from "@/api/types";

// Places the cards: the root on the left, what it is made of to the right. A
// metric that enters several parents stands once, under the first; the other
// edges cross over.

export const card = { width: 216, height: 92, gapX: 96, gapY: 12 };

export interface Placed {
  node: NodeState;
  x: number;
  y: number;
  depth: number;
  parent: string | null;
  children: string[]; // shown
  hidden: number; // how many stand folded below
}

export interface Layout {
  placed: Map<string, Placed>;
  order: string[]; // from top to bottom, parents first
  edges: Edge[];
  width: number;
  height: number;
}

/** Children of every metric: each belongs to the first parent met from the root. */
export function spanning(state: TreeState, root: string): Map<string, string[]> {
  const below = new Map<string, string[]>();
  const seen = new Set([root]);
  const known = new Set(state.nodes.map((n) => n.id));
  const queue = [root];
  for (let metric = queue.shift(); metric !== undefined; metric = queue.shift()) {
    const inner = (kind: Edge["kind"]) => state.edges.filter((e) => e.to === metric && e.kind === kind && known.has(e.from)).map((e) => e.from);
    const children: string[] = [];
    for (const child of [...inner("formula"), ...inner("influence")]) {
      if (seen.has(child)) continue;
      seen.add(child);
      children.push(child);
      queue.push(child);
    }
    below.set(metric, children);
  }
  return below;
}

function countBelow(below: Map<string, string[]>, metric: string): number {
  return (below.get(metric) ?? []).reduce((sum, child) => sum + 1 + countBelow(below, child), 0);
}

/** The layout of the tree from `root` on, without what is folded. */
export function layout(state: TreeState, root: string, folded: ReadonlySet<string>): Layout {
  const below = spanning(state, root);
  const nodes = new Map(state.nodes.map((n) => [n.id, n]));
  const placed = new Map<string, Placed>();
  const order: string[] = [];
  let nextY = 0;
  let deepest = 0;

  const place = (metric: string, depth: number, parent: string | null): number => {
    const node = nodes.get(metric);
    if (node === undefined) return nextY;
    const all = below.get(metric) ?? [];
    const shut = folded.has(metric) && all.length > 0;
    const children = shut ? [] : all;
    deepest = Math.max(deepest, depth);
    order.push(metric);
    const spot: Placed = { node, depth, parent, children, hidden: shut ? countBelow(below, metric) : 0, x: depth * (card.width + card.gapX), y: 0 };
    placed.set(metric, spot);
    const ys = children.map((child) => place(child, depth + 1, metric));
    const first = ys[0];
    const last = ys.at(-1);
    if (first === undefined || last === undefined) {
      spot.y = nextY;
      nextY += card.height + card.gapY;
    } else {
      spot.y = (first + last) / 2;
    }
    return spot.y;
  };
  place(root, 0, null);

  return {
    placed,
    order,
    edges: state.edges.filter((e) => placed.has(e.from) && placed.has(e.to)),
    width: deepest * (card.width + card.gapX) + card.width,
    height: Math.max(nextY - card.gapY, card.height),
  };
}

export type Direction = "left" | "right" | "up" | "down";

/** Where an arrow key leads from a card: left to the parent, right to the first child, up and down among the same column. */
export function step(plan: Layout, from: string, direction: Direction): string | null {
  const here = plan.placed.get(from);
  if (here === undefined) return plan.order[0] ?? null;
  if (direction === "left") return here.parent;
  if (direction === "right") return here.children[0] ?? null;
  const column = plan.order.filter((m) => plan.placed.get(m)?.depth === here.depth).toSorted((a, b) => (plan.placed.get(a)?.y ?? 0) - (plan.placed.get(b)?.y ?? 0));
  return column[column.indexOf(from) + (direction === "down" ? 1 : -1)] ?? null;
}

/** The path of an edge, from the child's left side to the parent's right side. */
export function edgePath(plan: Layout, edge: Edge): { path: string; x: number; y: number } | null {
  const child = plan.placed.get(edge.from);
  const parent = plan.placed.get(edge.to);
  if (child === undefined || parent === undefined) return null;
  const x1 = parent.x + card.width;
  const y1 = parent.y + card.height / 2;
  const y2 = child.y + card.height / 2;
  if (child.depth <= parent.depth) {
    // A metric that also moves one above or beside it: around the right side.
    const xr = Math.max(child.x, parent.x) + card.width;
    return { path: `M${child.x + card.width} ${y2}C${xr + 56} ${y2} ${xr + 56} ${y1} ${x1} ${y1}`, x: xr + 42, y: (y1 + y2) / 2 };
  }
  const x2 = child.x;
  const bend = Math.min(card.gapX / 2, (x2 - x1) / 2);
  return { path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, x: (x1 + x2) / 2, y: (y1 + y2) / 2 };
}

/** Line width by the child's share of the parent's change. */
export function edgeWidth(share: number | null): number {
  return share === null ? 1.5 : 1.5 + Math.min(Math.abs(share), 1) * 5;
}
