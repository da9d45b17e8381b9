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

/** Columns by distance, what flows in on the left; within one, near those they hang on. */
export function layout({ nodes, edges }: Pick<Lineage, "nodes" | "edges">): Plan {
  const columns = [...new Set(nodes.map((n) => n.distance))].toSorted((a, b) => a - b);
  const at = new Map<string, Spot>();
  const tallest = Math.max(1, ...columns.map((c) => nodes.filter((n) => n.distance === c).length));
  const height = tallest * (box.height + box.gapY);
  // From the middle outwards, so that neighbours closer to it have their place already.
  for (const column of columns.toSorted((a, b) => Math.abs(a) - Math.abs(b))) {
    const here = nodes.filter((n) => n.distance === column);
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
      return `/data/${path}`;
    case "Event":
      return `/data/events/${path}`;
    case "Entity":
      return `/data/entities/${path}`;
    case "Column":
      return `/data/${encodeURIComponent(name.split(".")[0] ?? "")}?tab=columns`;
    case "Metric":
      return `/metrics/${path}`;
    case "Tree":
      return `/trees/${path}`;
    case "Target":
      return `/targets/${path}`;
    case "Connection":
      return `/data/connections/${path}`;
    default:
      return undefined;
  }
}
