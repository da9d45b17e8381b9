import { describe, expect, it } from "vitest";
import type { DimensionSplit, FormulaPart, Member } from "@/api/types";
import { dimensionSteps, openParts } from "./steps";

const part = (contribution: number, parts?: FormulaPart[]): FormulaPart => ({ metric: "", title: {}, op: "+", unit: "", format: "", from: 0, to: 0, contribution, share: null, parts });
const member = (contribution: number, value: string | null): Member => ({ value, from: 0, to: 0, contribution, mix: null, rate: null, share: null, unusual: false, score: 0 });
const words = { noValue: "none", others: (n: number) => `${n} others`, overlap: "overlap", residual: "residual", mixRate: () => undefined };

describe("formula parts", () => {
  it("add up the same when opened", () => {
    const parts = [part(5, [part(2), part(3, [part(1), part(2)])]), part(-1)];
    const sum = (opened: string[]) => openParts(parts, new Set(opened)).reduce((s, n) => s + n.part.contribution, 0);
    expect(openParts(parts, new Set()).map((n) => n.key)).toEqual(["0", "1"]);
    expect(openParts(parts, new Set(["0", "0.1"])).map((n) => n.key)).toEqual(["0.0", "0.1.0", "0.1.1", "1"]);
    expect(sum([])).toBe(4);
    expect(sum(["0"])).toBe(4);
    expect(sum(["0", "0.1"])).toBe(4);
  });
});

describe("members", () => {
  it("are followed by others and overlap, so that all add up", () => {
    const split: DimensionSplit = { dimension: "region", title: {}, method: "distinct", adds: true, members: [member(3, "east"), member(1, null)], others: { ...member(2, null), count: 4 }, overlap: -1, count: 6, score: 1 };
    const steps = dimensionSteps(split, 5, words, () => undefined);
    expect(steps.map((s) => s.name)).toEqual(["east", "none", "4 others", "overlap"]);
    expect(steps.reduce((sum, s) => sum + s.contribution, 0)).toBe(5);
    expect(steps[3]?.share).toBe(-0.2);
  });
});
