import { describe, expect, it } from "vitest";
import type { GuardrailState, NodeState, TargetState, TreeState } from "@/api/types";
import { nextItems } from "./next";

const node = (metric: string, more: Partial<NodeState> = {}) => ({ metric, owner: "mei.lin", target: null, error: null, freshness: { loadedAt: "" }, ...more }) as NodeState;
const state = (nodes: NodeState[], guardrails: Partial<GuardrailState>[] = []) => ({ tree: "main", nodes, guardrails }) as TreeState;
const kinds = (s: TreeState, can = { edit: true, invite: true }) => nextItems(s, can).map((i) => i.kind);

describe("what to do next", () => {
  it("puts late data and broken guardrails first", () => {
    const s = state([node("root", { target: { status: "behind" } as TargetState }), node("a", { freshness: { loadedAt: "", late: true } })], [{ metric: "g1", state: "watch" }, { metric: "g2", state: "unhealthy" }, { metric: "g3", state: "ok" }]);
    expect(nextItems(s, { edit: false, invite: false }).map((i) => `${i.kind} ${i.metric}`)).toEqual(["late a", "guardrail g2", "guardrail g1", "behind root"]);
  });

  it("asks for what is missing only of those who may add it", () => {
    const s = state([node("root", { owner: "" })]);
    expect(kinds(s)).toEqual(["target", "guardrails", "owner", "invite"]);
    expect(kinds(s, { edit: false, invite: false })).toEqual([]);
  });

  it("stays short", () => {
    const many = Array.from({ length: 20 }, (_, i) => ({ metric: `g${i}`, state: "unhealthy" as const }));
    expect(kinds(state([node("root")], many)).length).toBe(6);
  });
});
