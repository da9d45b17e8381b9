import type { MetricRef, NodeState } from "@/api/types";

/** The metric as the tree sees it: with the condition of the formula above it. */
export function askOf(node: NodeState): MetricRef {
  return node.where === undefined || node.where === "" ? node.metric : { metric: node.metric, where: node.where };
}
