import { datasetPath } from "@/lib/place";
import type { Lineage, LineageNode } from "./types";

export interface Spot {
  node: LineageNode;
  x: number;
  y: number;
}

export interface Plan {
  spots: Spot[];
  lines: { key: string; from: Spot; to: Spot; columns: string[] }[];
  width: number;
  height: number;
}

export const box = { width: 168, height: 40, gapX: 64, gapY: 16 };

/** How many columns away from the middle a thing stands: as far as the longest way to it, so that every line leads to the right. */
function ranks({ nodes, edges }: Pick<Lineage, "nodes" | "edges">): Map<string, number> {
  const rank = new Map(nodes.map((n) => [n.id, n.distance]));
  // A round more than there are things would be a circle.
  for (let round = 0, moved = true; moved && round < nodes.length; round++) {
    moved = false;
    for (const { from, to } of edges) {
      const [a, b] = [rank.get(from), rank.get(to)];
      if (a === undefined || b === undefined || a < b || (a >= 0 && b <= 0)) continue;
      if (b > 0) rank.set(to, a + 1);
      else rank.set(from, b - 1);
      moved = true;
    }
  }
  return rank;
}

/** What flows in on the left; within a column, near those they hang on. */
export function layout({ nodes, edges }: Pick<Lineage, "nodes" | "edges">): Plan {
  const rank = ranks({ nodes, edges });
  const rankOf = (n: LineageNode) => rank.get(n.id) ?? n.distance;
  const columns = [...new Set(rank.values())].toSorted((a, b) => a - b);
  const at = new Map<string, Spot>();
  const tallest = Math.max(1, ...columns.map((c) => nodes.filter((n) => rankOf(n) === c).length));
  const height = tallest * (box.height + box.gapY);
  // From the middle outwards, so that neighbours closer to it have their place already.
  for (const column of columns.toSorted((a, b) => Math.abs(a) - Math.abs(b))) {
    const here = nodes.filter((n) => rankOf(n) === column);
    const pull = (n: LineageNode) => {
      const ys = edges.flatMap((e) => (e.from === n.id ? [at.get(e.to)?.y] : e.to === n.id ? [at.get(e.from)?.y] : [])).filter((y) => y !== undefined);
      return ys.length === 0 ? height / 2 : ys.reduce((a, b) => a + b, 0) / ys.length;
    };
    here
      .toSorted((a, b) => pull(a) - pull(b) || a.id.localeCompare(b.id))
      .forEach((node, i) => at.set(node.id, { node, x: columns.indexOf(column) * (box.width + box.gapX), y: (height / here.length) * (i + 0.5) - box.height / 2 }));
  }
  const lines = edges.flatMap((e) => {
    const from = at.get(e.from);
    const to = at.get(e.to);
    return from === undefined || to === undefined ? [] : [{ key: `${e.from} ${e.to}`, from, to, columns: e.columns ?? [] }];
  });
  return { spots: [...at.values()], lines, width: columns.length * (box.width + box.gapX) - box.gapX, height };
}

/** Where a thing has its page; nothing for what has none. */
export function pageOf({ kind, name }: Pick<LineageNode, "kind" | "name">): string | undefined {
  const path = encodeURIComponent(name);
  switch (kind) {
    case "Dataset":
      return datasetPath(name);
    case "Event":
      return `/data/events/${path}`;
    case "Entity":
      return `/data/entities/${path}`;
    case "Column":
      return `${datasetPath(name.split(".")[0] ?? "")}?tab=columns`;
    case "Metric":
      return `/metrics/${path}`;
    case "Tree":
      return `/trees/${path}`;
    case "Target":
      return `/targets/${path}`;
    case "Process":
      return `/data/processes/${path}`;
    case "Connection":
      return `/data/connections/${path}`;
    default:
      return undefined;
  }
}
