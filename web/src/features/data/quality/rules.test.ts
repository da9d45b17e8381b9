import { expect, test } from "vitest";
import type { ColumnSpec, DatasetSpec, QualityRuleSpec } from "@/api/types";
import { columnsFor, fieldsOf, isComplete, kinds, ofKind, put, ruleId, withPart } from "./rules";

const columns: ColumnSpec[] = [
  { name: "id", type: "string" },
  { name: "amount", type: "decimal" },
  { name: "day", type: "date" },
];

test("a rule is called as the server calls it", () => {
  expect(ruleId({ rule: "range", column: "amount", min: "0" })).toBe("range_amount");
  expect(ruleId({ rule: "unique", columns: ["id", "day"] })).toBe("unique_id_day");
  expect(ruleId({ rule: "foreign_key", relationship: "buyer" })).toBe("foreign_key_buyer");
  expect(ruleId({ rule: "reconcile", column: "amount", against: { dataset: "ledger" } })).toBe("reconcile_amount_ledger");
  expect(ruleId({ rule: "volume", name: "enough" })).toBe("enough");
});

test("another kind keeps what both ask for", () => {
  const range: QualityRuleSpec = { rule: "range", column: "amount", min: "0", where: "day is not null", severity: "warning" };
  expect(ofKind(range, "not_null", columns)).toEqual({ rule: "not_null", columns: ["amount"], where: "day is not null", severity: "warning" });
  expect(ofKind(range, "pattern", columns)).toEqual({ rule: "pattern", where: "day is not null", severity: "warning" });
  expect(ofKind({ rule: "volume", by: "load", min: "1" }, "distribution", columns)).toEqual({ rule: "distribution" });
  expect(columnsFor("reconcile", columns).map((c) => c.name)).toEqual(["amount"]);
  for (const kind of kinds) expect(Object.keys(ofKind(range, kind, columns)).filter((key) => !["rule", "severity", ...fieldsOf[kind]].includes(key))).toEqual([]);
});

test("what is emptied is left out, and a rule says when it is whole", () => {
  expect(withPart({ rule: "range", column: "amount", min: "0" }, { min: "" })).toEqual({ rule: "range", column: "amount" });
  expect(isComplete({ rule: "range", column: "amount" })).toBe(false);
  expect(isComplete({ rule: "range", column: "amount", max: "9" })).toBe(true);
  expect(isComplete({ rule: "reconcile", agg: "count" })).toBe(false);
  expect(isComplete({ rule: "expression", expr: " " })).toBe(false);
});

test("rules of one kind get names of their own; a changed one stays in its place", () => {
  const spec: DatasetSpec = { columns, quality: [{ rule: "range", column: "amount", min: "0" }, { rule: "volume" }] };
  const more = put(spec, { rule: "range", column: "amount", max: "9", where: "day is null" }, null);
  expect(more.map(ruleId)).toEqual(["range_amount", "volume", "range_amount_2"]);
  expect(put({ columns, quality: more }, { rule: "range", column: "amount", min: "1" }, "range_amount").map(ruleId)).toEqual(["range_amount", "volume", "range_amount_2"]);
  expect(put({ columns, quality: more }, { rule: "range", column: "amount", min: "1" }, "volume").map(ruleId)).toEqual(["range_amount", "range_amount_3", "range_amount_2"]);
});
