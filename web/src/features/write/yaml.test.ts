import { describe, expect, it } from "vitest";
import { partOf } from "./part";
import { docAt, keysAt, valuesAt, type Schema } from "./schema";
import { yamlPlace } from "./yaml";

const at = (marked: string) => yamlPlace(marked.replace("|", ""), marked.indexOf("|"));

describe("the place in YAML", () => {
  it.each([
    ["ki|", "key", [], "ki"],
    ["kind: Met|", "value", ["kind"], "Met"],
    ["metadata:\n  name: a\nspec:\n  agg|", "key", ["spec"], "agg"],
    ["spec:\n  agg: su|", "value", ["spec", "agg"], "su"],
    ["spec:\n  |", "key", ["spec"], ""],
    ["spec:\n  balance:\n    take: la|", "value", ["spec", "balance", "take"], "la"],
    ["spec:\n  balance:\n    take: last\n  u|", "key", ["spec"], "u"],
    ["spec:\n  columns:\n    - name: a\n      ty|", "key", ["spec", "columns", 0], "ty"],
    ["spec:\n  columns:\n    - name: a\n    - na|", "key", ["spec", "columns", 1], "na"],
    ["spec:\n  columns:\n  - name: a\n    type: in|", "value", ["spec", "columns", 0, "type"], "in"],
    ["spec:\n  columns:\n  - {name: a, ty|", "key", ["spec", "columns", 0], "ty"],
    ["spec: {type: simple, agg: |", "value", ["spec", "agg"], ""],
    ["spec: {columns: [{name: a, type: b}, {ty|", "key", ["spec", "columns", 1], "ty"],
    ["spec: {type: simple,\n  agg: su|", "value", ["spec", "agg"], "su"],
    ["kind: A\n---\nki|", "key", [], "ki"],
    ["spec:\n  # note\n\n  ex|", "key", ["spec"], "ex"],
  ])("%j", (marked, kind, path, typed) => expect(at(marked as string)).toMatchObject({ kind, path, typed }));

  it.each(["# a|", "spec:\n  expr: |x\n    a b|".replace("|x", "\u0001"), "a long sentence|"])("%j is nothing to complete", (marked) => expect(at(marked.includes("\u0001") ? marked.replace("\u0001", ">") : marked)).toBeNull());
});

const schema: Schema = {
  properties: { kind: { const: "Metric" }, spec: { $ref: "#/definitions/spec" } },
  required: ["kind", "spec"],
  definitions: {
    spec: {
      properties: {
        agg: { enum: ["sum", "count"], description: "how rows become one number\n\n怎样把多行算成一个数" },
        pad: { type: "boolean" },
        base: { oneOf: [{ type: "string" }, { $ref: "#/definitions/input" }] },
        inputs: { type: "object", additionalProperties: { $ref: "#/definitions/input" } },
      },
    },
    input: { properties: { metric: { type: "string" } } },
  },
};

describe("the schema", () => {
  it("gives keys, words and help", () => {
    expect(keysAt(schema, [], "en").map((k) => [k.name, k.nested])).toEqual([["kind", false], ["spec", true]]);
    expect(keysAt(schema, ["spec"], "zh-CN").find((k) => k.name === "agg")?.doc).toBe("怎样把多行算成一个数");
    expect(keysAt(schema, ["spec", "base"], "en").map((k) => k.name)).toEqual(["metric"]);
    expect(keysAt(schema, ["spec", "inputs", "a"], "en").map((k) => k.name)).toEqual(["metric"]);
    expect(valuesAt(schema, ["spec", "agg"])).toEqual(["sum", "count"]);
    expect(valuesAt(schema, ["spec", "pad"])).toEqual(["true", "false"]);
    expect(docAt(schema, ["spec", "agg"], "en")).toBe("how rows become one number");
    expect(keysAt(schema, ["nowhere"], "en")).toEqual([]);
  });
});

describe("the part of a finding", () => {
  const text = 'kind: Metric\nspec:\n  agg: summ\n  expr: "1 + amonut"\n';
  const part = (f: { line: number; column: number; offset?: number; end?: number }) => {
    const { from, to } = partOf(text, { rule: "x", severity: "error", text: {}, ...f });
    return text.slice(from, to);
  };
  it("is the word, or the part of an expression behind its quote", () => {
    expect(part({ line: 3, column: 8 })).toBe("summ");
    expect(part({ line: 4, column: 9, offset: 4, end: 10 })).toBe("amonut");
    expect(part({ line: 3, column: 3 })).toBe("agg");
  });
});
