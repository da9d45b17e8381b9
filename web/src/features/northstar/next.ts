import type { TreeState } from "@/api/types";

/** One thing a person can do now. */
export interface NextItem {
  kind: "late" | "guardrail" | "behind" | "target" | "owner" | "guardrails" | "error" | "invite";
  metric: string;
  owner: string;
  /** Where it is done; empty to open the metric beside the tree. */
  to: string;
}

const limit = 6;

/** What to do next, most urgent first; only what the person may do. */
export function nextItems(state: TreeState, can: { edit: boolean; invite: boolean }): NextItem[] {
  const items: NextItem[] = [];
  const nodes = new Map(state.nodes.map((n) => [n.metric, n]));
  const ownerOf = (metric: string) => nodes.get(metric)?.owner ?? "";
  const root = state.nodes[0];
  const late = state.nodes.find((n) => n.freshness.late === true);
  if (late !== undefined) items.push({ kind: "late", metric: late.metric, owner: late.owner, to: "/data" });
  for (const bad of ["unhealthy", "watch"] as const) {
    for (const g of state.guardrails) if (g.state === bad) items.push({ kind: "guardrail", metric: g.metric, owner: ownerOf(g.metric), to: "" });
  }
  for (const n of state.nodes) {
    if (n.error !== null) items.push({ kind: "error", metric: n.metric, owner: n.owner, to: `/metrics/${encodeURIComponent(n.metric)}` });
    if (n.target?.status === "behind" || n.target?.status === "at_risk") items.push({ kind: "behind", metric: n.metric, owner: n.owner, to: "" });
  }
  if (can.edit && root !== undefined) {
    if (root.target === null) items.push({ kind: "target", metric: root.metric, owner: root.owner, to: `/targets/new-target?metric=${encodeURIComponent(root.metric)}` });
    if (state.guardrails.length === 0) items.push({ kind: "guardrails", metric: root.metric, owner: root.owner, to: `/trees/${encodeURIComponent(state.tree)}` });
    const ownerless = state.nodes.find((n) => n.owner === "");
    if (ownerless !== undefined) items.push({ kind: "owner", metric: ownerless.metric, owner: "", to: `/metrics/${encodeURIComponent(ownerless.metric)}` });
  }
  if (can.invite) items.push({ kind: "invite", metric: "", owner: "", to: "/admin?tab=users" });
  return items.slice(0, limit);
}
