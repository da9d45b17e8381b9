import type { Freshness, Judgement, Point } from "@/api/types";

// Late data look like a fall. What rests on them is neither good nor bad, and
// its newest periods are not complete.

interface Dated {
  freshness: Freshness;
  judgement: Judgement;
  series: Point[];
}

/** Whether promises about the data are broken. */
export const doubtful = (f: Freshness): boolean => (f.distrust ?? []).length > 0;

/** Whether a change is good; no judgement on late data, nor on data in doubt. */
export function judgementOf(node: Dated): Judgement {
  return node.freshness.late === true || doubtful(node.freshness) ? "none" : node.judgement;
}

/** The periods, those that late data do not cover to the end marked as incomplete. */
export function seriesOf({ freshness: { late, dataTo }, series }: Pick<Dated, "freshness" | "series">): Point[] {
  if (late !== true || dataTo === undefined) return series;
  const to = Date.parse(dataTo);
  return series.map((p, i) => {
    const next = series[i + 1];
    return next !== undefined && Date.parse(next.time) <= to ? p : { ...p, incomplete: true };
  });
}
