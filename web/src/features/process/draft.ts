import type { StepState } from "@/api/processes";
import type { StepSpec, Text } from "@/api/types";
import { slug } from "@/lib/name";

export const pathOf = (process: string) => `/data/processes/${encodeURIComponent(process)}`;

/** Steps with a name each: what nobody named is called by its title. */
export function named(steps: readonly StepSpec[]): StepSpec[] {
  const taken = steps.map((s) => s.name).filter(Boolean);
  return steps.map((s) => {
    if (s.name !== "") return s;
    const name = slug(s.title?.en ?? "", "step", taken);
    taken.push(name);
    return { ...s, name };
  });
}

/** A new step goes on in the stage of the one before. */
export const nextStep = (steps: readonly StepSpec[]): StepSpec => ({ name: "", stage: steps.at(-1)?.stage });

const same = (a: Text, b: Text) => (a.zh ?? "") === (b.zh ?? "") && (a.en ?? "") === (b.en ?? "");

/** The steps by stage: neighbours with the same one are together. `from` is the place of the first of them. */
export function byStage(steps: readonly StepState[]): { stage: Text; from: number; steps: StepState[] }[] {
  const out: { stage: Text; from: number; steps: StepState[] }[] = [];
  for (const [i, step] of steps.entries()) {
    const last = out.at(-1);
    if (last !== undefined && same(last.stage, step.stage)) last.steps.push(step);
    else out.push({ stage: step.stage, from: i, steps: [step] });
  }
  return out;
}
