import { expect, it } from "vitest";
import { firstStep } from "./NextStep";

it("leads from data over a metric to the tree", () => {
  const done = { data: false, metric: false, tree: false, target: false, invite: false };
  expect(firstStep(done)?.to).toBe("/data/upload");
  expect(firstStep({ ...done, data: true })?.to).toBe("/metrics/new-metric");
  expect(firstStep({ ...done, data: true, metric: true })?.to).toBe("/trees/new-tree");
  expect(firstStep({ ...done, data: true, metric: true, tree: true })).toBeUndefined();
});
