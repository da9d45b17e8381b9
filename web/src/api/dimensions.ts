import type { DimensionInfo } from "./types";

// What people split by first is words: a name, a channel, a kind. Numbers come
// after them, and what only tells rows apart comes last.

const isKey = (d: DimensionInfo) => /(^|[._])(id|uuid|guid|key|code)$/i.test(d.name) || /编号|编码/.test((d.title.zh ?? "").slice(-2)) || /\bid$/i.test(d.title.en ?? "");

function rank(d: DimensionInfo): number {
  if (isKey(d)) return 2;
  return d.type === "string" || d.type === "boolean" ? 0 : 1;
}

/** Dimensions that fit before those that do not, and of each those that read well first. */
export function inReadingOrder(list: readonly DimensionInfo[]): DimensionInfo[] {
  return list.toSorted((a, b) => Number(b.fits) - Number(a.fits) || rank(a) - rank(b));
}
