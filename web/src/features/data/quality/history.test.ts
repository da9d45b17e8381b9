import { expect, test } from "vitest";
import { pastOf } from "./history";
import type { QualityRun, RuleResult } from "./types";

const result = (rule: string, over: Partial<RuleResult>): RuleResult => ({ rule, kind: "not_null", title: {}, severity: "error", state: "kept", checked: 4, broken: 0, note: {}, ...over });
const run = (at: string, results: RuleResult[]): QualityRun => ({ id: at, dataset: "d", at, millis: 1, trigger: "hand", rows: 4, results });

test("the past of a rule runs forward and has holes where it was not judged", () => {
  const runs = [run("3", [result("b", {}), result("a", { state: "broken", observed: 0.5 })]), run("2", [result("a", { state: "unknown" })]), run("1", [result("a", { broken: 2 })])];
  expect(pastOf(runs, "a")).toEqual([
    { at: "1", state: "kept", value: 2 },
    { at: "2", state: "unknown", value: null },
    { at: "3", state: "broken", value: 0.5 },
  ]);
  expect(pastOf(runs, "c")).toEqual([]);
});
