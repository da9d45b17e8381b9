import { expect, test } from "vitest";
import type { StepState } from "@/api/processes";
import { byStage, named, nextStep } from "./draft";

test("a step that nobody named is called by its title, and no two alike", () => {
  const steps = [{ name: "", title: { en: "Answer leads" } }, { name: "answer_leads" }, { name: "", title: { zh: "回访" } }, { name: "", title: { zh: "续约" } }];
  expect(named(steps).map((s) => s.name)).toEqual(["answer_leads_2", "answer_leads", "step_1", "step_2"]);
});

test("neighbours of one stage are together, and work may come back to a stage", () => {
  const step = (name: string, zh?: string): StepState => ({ name, stage: zh === undefined ? {} : { zh }, title: {}, who: {}, does: {}, metrics: [], events: [], gaps: [] });
  const groups = byStage([step("a", "售前"), step("b", "售前"), step("c"), step("d", "售中"), step("e", "售前")]);
  expect(groups.map((g) => [g.stage.zh, g.from, g.steps.map((s) => s.name).join("")])).toEqual([
    ["售前", 0, "ab"],
    [undefined, 2, "c"],
    ["售中", 3, "d"],
    ["售前", 4, "e"],
  ]);
  expect(byStage([])).toEqual([]);
});

test("a new step goes on in the stage before it", () => {
  expect(nextStep([{ name: "a", stage: { en: "Pre-sales" }, who: { en: "Ann" } }])).toEqual({ name: "", stage: { en: "Pre-sales" } });
  expect(nextStep([])).toEqual({ name: "", stage: undefined });
});
