import type { Distrust, QualityRuleSpec, Text } from "@/api/types";

export type RuleKind = QualityRuleSpec["rule"];
export type RuleState = "kept" | "broken" | "unknown";
export type Raw = string | number | boolean | null;

export interface RuleResult {
  rule: string;
  kind: RuleKind;
  title: Text;
  severity: "error" | "warning";
  columns?: string[];
  state: RuleState;
  checked: number;
  broken: number;
  sampled?: boolean;
  observed?: number;
  bound?: number;
  since?: string;
  note: Text;
  examples?: { columns: string[] | null; rows: Raw[][] | null };
}

export interface QualityRun {
  id: string;
  dataset: string;
  at: string;
  millis: number;
  trigger: "change" | "schedule" | "hand";
  by?: string;
  rows: number;
  results: RuleResult[];
}

export interface Score {
  value: number | null;
  rules: number;
  kept: number;
  broken: number;
  unknown: number;
  errors: number;
}

export interface QualityReport {
  dataset: string;
  score: Score;
  checkedAt?: string;
  millis: number;
  running: boolean;
  results: RuleResult[];
}

export interface Standing {
  name: string;
  title: Text;
  score: Score;
  marks: (Distrust & { kind: RuleKind; columns?: string[] })[];
  checkedAt?: string;
}

export interface Scores {
  datasets: Standing[];
  metrics: Standing[];
}

export interface RuleSuggestion {
  rule: QualityRuleSpec;
  evidence: Text;
  yaml: string;
}

export interface Remark {
  reporter: string;
  kind: "round" | "repeated" | "same_value" | "late" | "missing";
  share: number;
  others: number;
  chance: number;
  text: Text;
}

export interface EntryReport {
  dataset: string;
  reporters: number;
  rows: number;
  days: number;
  truncated?: boolean;
  remarks: Remark[];
  figures: { name: string; rows: number; round: number; repeated: number; longest: number; missing: number; medianLagHours: number }[];
}
