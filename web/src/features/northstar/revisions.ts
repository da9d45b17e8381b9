import type { Revision } from "@/api/types";

// What a metric computes stands under these keys; titles, owners and hints do not move a number.
const computing = /^[+-]\s*(-\s*)?(type|dataset|agg|expr|where|time|percentile|empty|metric|numerator|denominator|inputs|unit):/m;

/** The revisions that changed what is computed, not only the words around it; newest first as they came. */
export function definitionChanges(revisions: readonly Revision[]): Revision[] {
  return revisions.filter((r) => r.action !== "create" && computing.test((r.diff ?? "").replaceAll(/^(---|\+\+\+).*$/gm, "")));
}
