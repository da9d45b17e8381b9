import type { ColumnSpec, DatasetSpec, QualityRuleSpec } from "@/api/types";
import type { RuleKind } from "./types";

// What each kind of rule asks for, and what a person makes of it: pure, so that
// it can be tested without a page.

export type RuleField = "column" | "columns" | "relationship" | "min" | "max" | "pattern" | "values" | "expr" | "by" | "agg" | "bound" | "against" | "tolerance" | "within" | "who" | "where" | "allow";

/** The fields of each kind, in the order in which they are asked. */
export const fieldsOf: Record<RuleKind, readonly RuleField[]> = {
  not_null: ["columns", "where", "allow"],
  unique: ["columns", "where", "allow"],
  range: ["column", "min", "max", "where", "allow"],
  set: ["column", "values", "where", "allow"],
  pattern: ["column", "pattern", "where", "allow"],
  foreign_key: ["relationship", "where", "allow"],
  expression: ["expr", "where", "allow"],
  volume: ["by", "min", "max", "tolerance", "where"],
  distribution: ["column", "by", "bound", "where"],
  reconcile: ["agg", "column", "against", "by", "tolerance", "where"],
  freshness: ["within"],
  silence: ["columns", "within", "where", "allow"],
  inspection: ["within", "who"],
};

export const kinds = Object.keys(fieldsOf) as RuleKind[];

/** The periods that a rule can compare. */
export const stepsOf: Partial<Record<RuleKind, readonly string[]>> = { volume: ["day", "load"], distribution: ["day", "week", "month"], reconcile: ["day", "week", "month"] };

const number = (c: ColumnSpec) => /^(integer|decimal|float)$/.test(c.type);

/** The columns that a kind of rule can look at. */
export function columnsFor(kind: RuleKind, columns: readonly ColumnSpec[]): ColumnSpec[] {
  if (kind === "pattern") return columns.filter((c) => c.type === "string");
  if (kind === "reconcile") return columns.filter(number);
  if (kind === "range") return columns.filter((c) => number(c) || c.type === "date" || c.type === "timestamp");
  return [...columns];
}

/** What a rule is called: by its name, or by what it asks and of what. */
export function ruleId(rule: QualityRuleSpec): string {
  const columns = rule.column !== undefined && rule.column !== "" ? [rule.column] : (rule.columns ?? []);
  return rule.name || [rule.rule, ...columns, rule.relationship, rule.against?.dataset].filter(Boolean).join("_");
}

/** The rule with a field set, or without it when nothing is written there. */
export function withPart(rule: QualityRuleSpec, part: Partial<QualityRuleSpec>): QualityRuleSpec {
  const entries = Object.entries({ ...rule, ...part }).filter(([, v]) => v !== undefined && v !== "" && !(Array.isArray(v) && v.length === 0));
  return Object.fromEntries(entries) as unknown as QualityRuleSpec;
}

/** The same promise of another kind: what both ask for stays. */
export function ofKind(rule: QualityRuleSpec, kind: RuleKind, columns: readonly ColumnSpec[]): QualityRuleSpec {
  const asked = new Set<string>([...fieldsOf[kind], "title", "severity", "name"]);
  const kept = Object.fromEntries(Object.entries(rule).filter(([key]) => asked.has(key))) as Partial<QualityRuleSpec>;
  const named = rule.column ?? rule.columns?.[0];
  const fits = named !== undefined && columnsFor(kind, columns).some((c) => c.name === named);
  const column = fieldsOf[kind].includes("column") && fits ? { column: named } : { column: undefined };
  const several = fieldsOf[kind].includes("columns") ? { columns: rule.columns ?? (named === undefined ? [] : [named]) } : {};
  const by = kept.by !== undefined && stepsOf[kind]?.includes(kept.by) === false ? { by: undefined } : {};
  return withPart({ ...kept, rule: kind }, { ...column, ...several, ...by });
}

/** Whether everything that the rule cannot do without is written. */
export function isComplete(rule: QualityRuleSpec): boolean {
  switch (rule.rule) {
    case "not_null":
    case "unique":
    case "silence":
      return (rule.columns ?? []).length > 0 || rule.column !== undefined;
    case "range":
      return rule.column !== undefined && (rule.min !== undefined || rule.max !== undefined);
    case "set":
      return rule.column !== undefined && (rule.values ?? []).length > 0;
    case "pattern":
      return rule.column !== undefined && rule.pattern !== undefined;
    case "foreign_key":
      return rule.relationship !== undefined;
    case "expression":
      return (rule.expr ?? "").trim() !== "";
    case "distribution":
      return rule.column !== undefined;
    case "reconcile":
      return (rule.agg === "count" || rule.column !== undefined) && (rule.against?.dataset ?? "") !== "";
    case "freshness":
    case "inspection":
      return rule.within !== undefined;
    case "volume":
      return true;
  }
}

/** The rules with one more, or with one in the place of another; a name keeps rules of one kind apart. */
export function put(spec: DatasetSpec, rule: QualityRuleSpec, inPlaceOf: string | null): QualityRuleSpec[] {
  const all = spec.quality ?? [];
  const others = new Set(all.map(ruleId).filter((id) => id !== inPlaceOf));
  let named = rule;
  for (let n = 2; others.has(ruleId(named)); n++) named = { ...rule, name: `${ruleId({ ...rule, name: undefined })}_${n}` };
  return inPlaceOf === null ? [...all, named] : all.map((old) => (ruleId(old) === inPlaceOf ? named : old));
}
