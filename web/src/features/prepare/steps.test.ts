import { describe, expect, it } from "vitest";
import { begin, moved, next } from "./history";
import { shapes, withField } from "./shape";
import { summaryOf } from "./summary";
import { kindOf, kinds, type Draft, type Step } from "./types";
import { toYaml } from "@/lib/yaml";

const draft = (n: number): Draft => ({ from: "orders", steps: Array.from({ length: n }, () => ({ filter: "a > 1" })) });

describe("history", () => {
  it("undoes and does again, and forgets what was undone after a change", () => {
    let h = begin(draft(0));
    for (const n of [1, 2, 3]) h = next(h, { do: "change", draft: draft(n), part: "", at: n });
    h = next(next(h, { do: "undo" }), { do: "undo" });
    expect(h.now).toEqual(draft(1));
    expect(next(h, { do: "redo" }).now).toEqual(draft(2));
    h = next(h, { do: "change", draft: draft(9), part: "", at: 9 });
    expect(next(h, { do: "redo" }).now).toEqual(draft(9));
    expect(next(next(h, { do: "undo" }), { do: "undo" }).now).toEqual(draft(0));
  });

  it("takes typing on in one part as one change", () => {
    let h = begin(draft(0));
    h = next(h, { do: "change", draft: draft(1), part: "step 1", at: 1000 });
    h = next(h, { do: "change", draft: draft(2), part: "step 1", at: 1500 });
    h = next(h, { do: "change", draft: draft(3), part: "step 2", at: 1600 });
    expect(next(h, { do: "undo" }).now).toEqual(draft(2));
    expect(next(next(h, { do: "undo" }), { do: "undo" }).now).toEqual(draft(0));
  });

  it("does nothing where there is nothing to undo", () => {
    expect(next(begin(draft(1)), { do: "undo" }).now).toEqual(draft(1));
  });
});

describe("steps", () => {
  it("moves an entry", () => {
    expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
    expect(moved(["a", "b"], 1, 0)).toEqual(["b", "a"]);
  });

  it("knows a form for every kind, and the kind of each fresh step", () => {
    for (const kind of kinds) expect(kindOf({ [kind]: shapes[kind].fresh() })).toBe(kind);
  });

  it("leaves out what is not written", () => {
    expect(withField({ a: 1, b: "x" }, "b", "")).toEqual({ a: 1 });
    expect(withField({}, "n", 0)).toEqual({ n: 0 });
  });

  it("writes YAML that cannot be misread", () => {
    expect(toYaml("raw", [{ filter: "amount > 0" }, { map: { column: "a", values: { yes: "1: one", 北京: "北京市" } }, note: "why" }])).toBe(
      ['from: raw', "steps:", "  - filter: amount > 0", '  - map: {column: a, values: {"yes": "1: one", 北京: 北京市}}', "    note: why"].join("\n"),
    );
    expect(toYaml("raw", [{ session: { by: ["device"], time: "at", gap: "30 minutes" } }, { join: { dataset: "deals", on: { device: "device" }, asof: { time: "at", other: "closed_at", which: "last" } } }])).toBe(
      ['from: raw', "steps:", '  - session: {by: [device], time: at, gap: "30 minutes"}', '  - join: {dataset: deals, "on": {device: device}, asof: {time: at, other: closed_at, which: last}}'].join("\n"),
    );
    expect(toYaml("raw", [{ filter: "true" }])).toContain('filter: "true"');
  });
});

describe("summary", () => {
  const said = (step: Step) => summaryOf(step, (name) => name.toUpperCase());

  it("says what a step is about, by columns, condition or dataset", () => {
    expect(said({ filter: "channel = 'store'" })).toBe("channel = 'store'");
    expect(said({ select: ["a", "b"] })).toBe("a, b");
    expect(said({ rename: { a: "b", c: "d" } })).toBe("a → b, c → d");
    expect(said({ cast: [{ column: "a", type: "integer" }] })).toBe("a → integer");
    expect(said({ derive: [{ name: "day", expr: "date_trunc('day', at)" }, { name: "x", expr: "1" }] })).toBe("day, x");
    expect(said({ join: { dataset: "stores", kind: "left", on: { a: "a" } } })).toBe("STORES");
    expect(said({ aggregate: { by: ["store"], values: [{ name: "orders", agg: "count" }] } })).toBe("store → orders");
    expect(said({ split: { column: "tags", by: ",", rows: true } })).toBe("tags");
    expect(said({ sample: { share: 0.1 } })).toBe("0.1");
    expect(said({ drop: ["a"], note: "no names" })).toBe("no names");
  });

  it("has a line, if an empty one, for every kind that was just added", () => {
    for (const kind of kinds) expect(said({ [kind]: shapes[kind].fresh() })).not.toMatch(/undefined|object|null/);
  });
});
