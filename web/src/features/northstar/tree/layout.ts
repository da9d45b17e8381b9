import type { Edge, NodeState, TreeState } from "@/api/types";

// Places the cards: the root on the left, what it is made of to the right. A
// metric that enters several parents has one full card, under the parent
// nearest to the root; under the others stands a small one that refers to it,
// so that every line runs forward.

export const card = { width: 216, height: 92, refHeight: 44, gapX: 96, gapXMost: 176, gapY: 12 };

/** A metric below another one. */
export interface Child {
  id: string;
  edge: Edge;
  /** The full card stands elsewhere. */
  ref: boolean;
}

export interface Placed {
  key: string;
  node: NodeState;
  x: number;
  y: number;
  height: number;
  depth: number;
  parent: string | null;
  ref: boolean;
  children: string[]; // keys of the cards shown below
  hidden: number; // how many stand folded below
}

export interface Line {
  edge: Edge;
  /** Key of the child's card; the parent's is edge.to. */
  child: string;
}

export interface Layout {
  placed: Map<string, Placed>;
  order: string[]; // keys from top to bottom, parents first
  lines: Line[];
  width: number;
  height: number;
}

/** What stands below every metric; breadth first, so that a shared one is full where it is nearest to the root. */
export function spanning(state: TreeState, root: string): Map<string, Child[]> {
  const below = new Map<string, Child[]>();
  const seen = new Set([root]);
  const known = new Set(state.nodes.map((n) => n.id));
  const queue = [root];
  for (let metric = queue.shift(); metric !== undefined; metric = queue.shift()) {
    const inner = (kind: Edge["kind"]) => state.edges.filter((e) => e.to === metric && e.kind === kind && known.has(e.from));
    const children: Child[] = [];
    for (const edge of [...inner("formula"), ...inner("influence")]) {
      const ref = seen.has(edge.from);
      children.push({ id: edge.from, edge, ref });
      if (ref) continue;
      seen.add(edge.from);
      queue.push(edge.from);
    }
    below.set(metric, children);
  }
  return below;
}

const openLevels = 2;

/** What is folded when a tree opens: whatever its author folded, and all below the second level. */
export function foldedAtFirst(state: TreeState, root: string): Set<string> {
  const below = spanning(state, root);
  const folded = new Set(state.nodes.filter((n) => n.collapsed && n.id !== root).map((n) => n.id));
  const visit = (metric: string, depth: number) => {
    const children = below.get(metric) ?? [];
    if (depth >= openLevels && children.length > 0) folded.add(metric);
    for (const child of children) if (!child.ref) visit(child.id, depth + 1);
  };
  visit(root, 0);
  return folded;
}

function countBelow(below: Map<string, Child[]>, metric: string): number {
  return (below.get(metric) ?? []).reduce((sum, child) => sum + 1 + (child.ref ? 0 : countBelow(below, child.id)), 0);
}

/** The layout of the tree from `root` on, without what is folded; columns spread over `room` as far as they fit. */
export function layout(state: TreeState, root: string, folded: ReadonlySet<string>, room = 0): Layout {
  const below = spanning(state, root);
  const nodes = new Map(state.nodes.map((n) => [n.id, n]));
  const placed = new Map<string, Placed>();
  const order: string[] = [];
  const lines: Line[] = [];
  let nextY = 0;
  let deepest = 0;

  // Gives the middle of the card.
  const place = (key: string, id: string, ref: boolean, depth: number, parent: string | null): number => {
    const node = nodes.get(id);
    if (node === undefined) return nextY;
    const all = ref ? [] : (below.get(id) ?? []);
    const shut = folded.has(id) && all.length > 0;
    const height = ref ? card.refHeight : card.height;
    deepest = Math.max(deepest, depth);
    order.push(key);
    const spot: Placed = { key, node, depth, parent, ref, height, children: [], hidden: shut ? countBelow(below, id) : 0, x: 0, y: nextY };
    placed.set(key, spot);
    const middles = (shut ? [] : all).map((child) => {
      const childKey = child.ref ? `${key}>${child.id}` : child.id;
      spot.children.push(childKey);
      lines.push({ edge: child.edge, child: childKey });
      return place(childKey, child.id, child.ref, depth + 1, key);
    });
    const first = middles[0];
    const last = middles.at(-1);
    if (first === undefined || last === undefined) {
      nextY += height + card.gapY;
      return spot.y + height / 2;
    }
    // One low card to the right of a full one: the full one needs its room.
    spot.y = Math.max(spot.y, (first + last - height) / 2);
    nextY = Math.max(nextY, spot.y + height + card.gapY);
    return spot.y + height / 2;
  };
  place(root, root, false, 0, null);

  const gap = deepest === 0 ? 0 : Math.max(card.gapX, Math.min(card.gapXMost, (room - (deepest + 1) * card.width) / deepest));
  for (const spot of placed.values()) spot.x = spot.depth * (card.width + gap);
  return { placed, order, lines, width: deepest * (card.width + gap) + card.width, height: Math.max(nextY - card.gapY, card.height) };
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

/** The path of a line from the parent's right side to the child's left side, and where its label sits: near the child, where lines have parted. */
export function linePath(plan: Layout, { edge, child: key }: Line): { path: string; x: number; y: number } | null {
  const child = plan.placed.get(key);
  const parent = plan.placed.get(edge.to);
  if (child === undefined || parent === undefined) return null;
  const [x1, y1] = [parent.x + card.width, parent.y + parent.height / 2];
  const [x2, y2] = [child.x, child.y + child.height / 2];
  const half = (x2 - x1) / 2;
  const t = edge.kind === "formula" ? 0.78 : 0.64;
  const ease = 3 * t * t - 2 * t * t * t;
  const x = x1 + 3 * t * (1 - t) * half + t * t * t * 2 * half;
  return { path: `M${x1} ${y1}C${x1 + half} ${y1} ${x2 - half} ${y2} ${x2} ${y2}`, x, y: y1 + (y2 - y1) * ease };
}

/** Line width by the child's share of the parent's change. */
export function edgeWidth(share: number | null): number {
  return share === null ? 1.5 : 1.5 + Math.min(Math.abs(share), 1) * 5;
}
