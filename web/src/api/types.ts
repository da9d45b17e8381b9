// The shapes of the REST interface, as the Go packages define them. Times are
// RFC 3339 text, dates 2026-01-05. A number is null when there is no value.

export interface Text {
  zh?: string;
  en?: string;
}

export type Grain = "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year";
export type Role = "viewer" | "editor" | "admin";
export type Lang = "zh-CN" | "en";

export interface Range {
  from: string;
  to: string;
}

export interface Warning {
  code: string;
  params?: Record<string, unknown>;
  text: Text;
}

export interface Freshness {
  loadedAt: string;
  dataTo?: string;
  late?: boolean;
  /** Where the rows are, when they are asked where they live, and for how many seconds they count as unchanged. */
  connection?: string;
  ttl?: number;
  /** The promises about the data that are broken. */
  distrust?: Distrust[];
}

export interface Distrust {
  dataset: string;
  title: Text;
  rule: string;
  label: Text;
  since: string;
}

// --- session -----------------------------------------------------------------

export interface Person {
  name: string;
  title: string;
  role: Role;
}

export interface Session {
  setupRequired: boolean;
  setupCodeRequired: boolean;
  user: (Person & { lang?: string }) | null;
  workspace: WorkspaceSpec;
  demo: boolean;
  people: Person[] | null;
  version: string;
}

export interface Setup {
  name: string;
  title: string;
  password: string;
  code?: string;
  lang: Lang;
  zone: string;
  weekStart: string;
  currency: string;
}

export interface User extends Person {
  lang?: string;
  disabled?: boolean;
  createdAt?: string;
  /** null before the first time. */
  signedInAt?: string | null;
}

export interface Token {
  id: string;
  name: string;
  role: Role;
  user: string;
  createdAt: string;
  expiresAt: string | null;
  usedAt: string | null;
  /** The secret; only in the answer that made the token. */
  token?: string;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  via: string;
  action: string;
  kind?: string;
  name?: string;
  detail?: Record<string, unknown> | null;
}

// --- resources ---------------------------------------------------------------

export type Kind = "Connection" | "Entity" | "Event" | "Dataset" | "Metric" | "Tree" | "Target" | "Process" | "Workspace" | "Calendar" | "Rollup" | "Test";
export type Plural = "connections" | "entities" | "events" | "datasets" | "metrics" | "trees" | "targets" | "processes" | "workspaces" | "rollups";

export interface Metadata {
  name: string;
  title?: Text;
  description?: Text;
  owner?: string;
  steward?: string;
  domain?: string;
  tags?: string[];
  synonyms?: string[];
  sensitivity?: Sensitivity;
  keyAsset?: boolean;
  duties?: { collects?: string; cleans?: string; analyses?: string; reports?: string };
  annotations?: Record<string, string>;
}

export type Sensitivity = "public" | "internal" | "confidential" | "personal";

export interface Finding {
  file?: string;
  line?: number;
  column?: number;
  kind?: string;
  name?: string;
  path?: string;
  rule: string;
  severity: "error" | "warning";
  text: Text;
  suggestion?: string;
  offset?: number;
  end?: number;
}

export interface Resource<S> {
  kind: Kind;
  metadata: Metadata;
  spec: S;
  revision: number;
  author: string;
  updatedAt: string;
  state: "published" | "quarantined";
  findings?: Finding[];
}

export interface Page<T> {
  items: T[];
  next?: string;
}

export interface ColumnSpec {
  name: string;
  source?: string;
  type: string;
  precision?: number;
  scale?: number;
  zone?: string;
  format?: string;
  nulls?: string[];
  entity?: string;
  title?: Text;
}

export interface RelationshipSpec {
  name: string;
  to: string;
  columns?: Record<string, string>; // not of many_to_many
  cardinality: "many_to_one" | "one_to_one" | "many_to_many";
  through?: string;
  via?: string[];
  also?: Record<string, string>;
  validity?: { from: string; to: string };
}

export interface FileFormat {
  type?: string;
  delimiter?: string;
  quote?: string;
  encoding?: string;
  header?: number;
  skipFooter?: number;
  sheet?: string;
  nulls?: string[];
}

export interface DatasetSpec {
  columns: ColumnSpec[];
  primaryKey?: string[];
  uniqueKeys?: string[][];
  time?: string;
  zone?: string;
  relationships?: RelationshipSpec[];
  dimensions?: { name: string; expr: string; title?: Text }[];
  source?: { files?: string[]; format?: FileFormat; connection?: string; table?: string; sync?: SyncSpec; from?: string };
  freshness?: { within: string };
  quality?: QualityRuleSpec[];
  qualitySchedule?: { every?: string; cron?: string; after?: string[] };
}

export interface SyncSpec {
  mode: "full" | "incremental" | "changes";
  cursor?: string;
  lookback?: string;
  deletes?: "keep" | "compare";
  drift?: "hold" | "add" | "fail";
  retries?: number;
  every?: string;
  cron?: string;
  after?: string[];
}

export interface QualityRuleSpec {
  name?: string;
  title?: Text;
  rule: "not_null" | "unique" | "foreign_key" | "range" | "pattern" | "set" | "expression" | "volume" | "distribution" | "reconcile" | "freshness" | "silence" | "inspection";
  column?: string;
  columns?: string[];
  severity?: "error" | "warning";
  where?: string;
  allow?: number;
  sample?: number;
  relationship?: string;
  min?: string;
  max?: string;
  pattern?: string;
  values?: string[];
  expr?: string;
  by?: string;
  agg?: string;
  tolerance?: number;
  bound?: number;
  against?: { dataset: string; column?: string; where?: string };
  within?: string;
  who?: string;
}

export interface MetricInput {
  metric: string;
  where?: string;
  offset?: string;
  offsetTo?: string;
}

export interface MetricSpec {
  type: "simple" | "ratio" | "derived" | "cumulative" | "conversion" | "retention";
  dataset?: string;
  agg?: string;
  expr?: string;
  where?: string;
  time?: string;
  percentile?: number;
  empty?: string;
  numerator?: MetricInput;
  denominator?: MetricInput;
  inputs?: Record<string, MetricInput>;
  balance?: { take: string; by?: string[]; over?: string };
  weight?: string;
  approximate?: boolean;
  discrete?: boolean;
  pad?: boolean;
  rules?: string;
  // cumulative
  metric?: string;
  window?: string;
  toDate?: string;
  reread?: string;
  // conversion and retention
  base?: MetricInput;
  conversion?: MetricInput;
  return?: MetricInput;
  entity?: string | Record<string, string>;
  constant?: { base: string; conversion: string }[];
  calculation?: string;
  period?: string;
  after?: number;
  bounded?: boolean;
  unit?: string;
  direction?: "" | "up" | "down";
  role?: string;
  format?: string;
  pitfalls?: Text;
  action?: Text;
}

export interface InfluenceSpec {
  from: string;
  to: string;
  lag?: string;
  sign?: "" | "+" | "-";
}

export interface GuardrailSpec {
  metric: string;
  compare?: string;
  rule: string;
  when?: string;
  periods?: number;
  then: "watch" | "unhealthy";
}

export interface TreeSpec {
  root: string;
  period: Grain;
  nodes?: { metric: string; collapse?: boolean }[];
  influences?: InfluenceSpec[];
  guardrails?: GuardrailSpec[];
}

export interface TargetSpec {
  metric: string;
  where?: string;
  period: Grain;
  values: Record<string, number>;
  pace?: "" | "even" | "history";
  direction?: "" | "up" | "down";
}

/** Something that people do in a process. */
export interface StepSpec {
  name: string;
  stage?: Text;
  title?: Text;
  who?: Text;
  does?: Text;
  metrics?: string[];
  events?: string[];
}

export interface ProcessSpec {
  steps: StepSpec[];
}

/** A step that a metric is in. */
export interface ProcessPlace {
  process: { name: string; title: Text };
  step: string;
  stage: Text;
  title: Text;
  who: Text;
  does: Text;
}

export interface WorkspaceSpec {
  zone: string;
  weekStart?: string;
  yearStart?: number;
  currency?: string;
  asOf?: string;
  tree?: string;
  calendar?: string;
  spines?: Record<string, string>;
  redUp?: boolean;
  events?: { unplanned?: "keep" | "quarantine"; retain?: string };
}

export interface ResourceLink {
  kind: Kind;
  name: string;
  title: Text;
  path?: string;
}

export interface References {
  uses: ResourceLink[];
  usedBy: ResourceLink[];
  /** All that need it, directly or not. */
  dependants: ResourceLink[];
}

export interface Revision {
  revision: number;
  author: string;
  via: string;
  at: string;
  action: string;
  diff?: string;
  /** Places that differ from the revision before. */
  parts: string[];
}

/** A revision of something, or of what flows into it. */
export interface Change extends Revision {
  kind: Kind;
  name: string;
  title: Text;
  own: boolean;
  key: boolean;
  moves: boolean;
  columns: string[];
}

export interface SearchHit {
  kind: Kind;
  name: string;
  title: Text;
  description?: Text;
  score: number;
}

// --- query -------------------------------------------------------------------

export interface TimeRange {
  from?: string;
  to?: string;
  last?: string;
  this?: Grain;
  to_date?: Grain;
  of?: string;
}

/** A metric, or one of what its value is among others: a share, a rank, a moving value. */
export type MetricRef =
  | string
  | {
      metric: string;
      as?: string;
      where?: string;
      share?: { of?: string[]; over?: "period" | "range" };
      rank?: { within?: string[]; over?: "period" | "range"; order?: "desc" | "asc" };
      moving?: { window: string; agg?: "avg" | "sum" | "min" | "max" };
    };
export type By = string | { time?: Grain; dimension?: string; of?: string; as?: string; part?: string };

export interface QueryRequest {
  metrics?: MetricRef[];
  by?: By[];
  where?: string;
  having?: string;
  time?: TimeRange;
  compare?: { to: string; align?: string; holiday?: string };
  totals?: boolean;
  top?: { n: number; by: string; others?: boolean };
  order?: string[];
  limit?: number;
  fill?: boolean;
  timezone?: string;
  asOf?: string;
  calendar?: string;
  from?: string;
  distinct?: boolean;
  extent?: boolean;
  rules?: string;
}

export interface QueryColumn {
  name: string;
  type: string;
  title: Text;
  metric?: string;
  version?: number;
  unit?: string;
  format?: string;
  grain?: Grain;
  /** What people call the periods of a calendar's own grain, by the value in rows. */
  labels?: Record<string, Text>;
  part?: "" | "previous" | "change" | "change_rate";
  option?: "" | "share" | "rank" | "moving";
}

export type Cell = string | number | boolean | null;

export interface QueryResult {
  columns: QueryColumn[];
  rows: Cell[][];
  totals?: Cell[][];
  others?: Cell[][];
  range?: Range;
  previousRange?: Range;
  incomplete?: boolean;
  asOf: string;
  timezone: string;
  dataVersions: Record<string, number>;
  freshness: Record<string, Freshness>;
  warnings?: Warning[];
  truncated?: boolean;
  cached?: boolean;
  millis: number;
}

export interface DimensionInfo {
  name: string;
  title: Text;
  type: string;
  dataset: string;
  fits: boolean;
  many?: boolean; // a row counts in each of its members
  reason?: Text | string;
}

export interface DimensionValue {
  value: Cell;
  count: number;
}

// --- tree, target, explain -----------------------------------------------------

export interface Point {
  time: string;
  value: number | null;
  target: number | null;
  incomplete: boolean;
}

export interface TargetState {
  target: string;
  period: Grain;
  range: Range;
  value: number;
  actual: number | null;
  expected: number | null;
  pace: number | null;
  elapsed: number;
  status: "ahead" | "on_track" | "at_risk" | "behind" | "unknown";
}

export type Judgement = "good" | "bad" | "flat" | "none";

export interface NodeState {
  /** What edges call it: the metric's name, or name and condition. */
  id: string;
  metric: string;
  /** Condition that the parent's formula puts on the metric. */
  where?: string;
  title: Text;
  unit: string;
  format: string;
  direction: "" | "up" | "down";
  role: string;
  owner: string;
  formula: string;
  revision: number;
  value: number | null;
  previous: number | null;
  change: number | null;
  changeRate: number | null;
  judgement: Judgement;
  noValue: Warning | null;
  series: Point[];
  target: TargetState | null;
  freshness: Freshness;
  collapsed: boolean;
  error: Warning | null;
}

export interface Edge {
  from: string;
  to: string;
  kind: "formula" | "influence";
  op: string;
  contribution: number | null;
  share: number | null;
  lag: number;
  strength: number | null;
  sample: number;
  confidence: "high" | "medium" | "low" | "none" | "";
  sign: string;
  agrees: boolean | null;
}

export interface GuardrailState {
  metric: string;
  title: Text;
  unit: string;
  format: string;
  direction: "" | "up" | "down";
  rule: string;
  words: Text;
  value: number | null;
  previous: number | null;
  changeRate: number | null;
  state: "ok" | "watch" | "unhealthy" | "unknown";
  /** The number rests on late data, so that nothing can be said. */
  late: boolean;
  evidence: Text;
  series: Point[];
}

export type VerdictState = "healthy" | "watch" | "unhealthy" | "unknown";

export interface TreeState {
  tree: string;
  title: Text;
  period: Grain;
  range: Range;
  previous: Range;
  incomplete: boolean;
  timezone: string;
  nodes: NodeState[];
  edges: Edge[];
  guardrails: GuardrailState[];
  verdict: { state: VerdictState; reasons: Warning[] };
  warnings: Warning[];
}

export interface Checklist {
  data: boolean;
  metric: boolean;
  tree: boolean;
  target: boolean;
  invite: boolean;
}

export interface NorthStar {
  tree: string | null;
  checklist: Checklist;
  state: TreeState | null;
}

export interface ExplainRequest {
  metric: string;
  where?: string;
  from?: TimeRange;
  to?: TimeRange;
  period?: Grain;
  compare?: string;
  by?: string[];
  limit?: number;
  timezone?: string;
  asOf?: string;
}

export interface FormulaPart {
  metric: string;
  title: Text;
  op: string;
  unit: string;
  format: string;
  from: number | null;
  to: number | null;
  contribution: number;
  share: number | null;
  parts?: FormulaPart[];
}

export interface Member {
  value: Cell;
  from: number | null;
  to: number | null;
  contribution: number;
  mix: number | null;
  rate: number | null;
  share: number | null;
  unusual: boolean;
  score: number;
  count?: number;
  filter?: string;
}

export interface DimensionSplit {
  dimension: string;
  title: Text;
  method: "sum" | "mix_rate" | "distinct" | "shapley" | "members";
  adds: boolean;
  members: Member[];
  others: Member | null;
  overlap: number;
  count: number;
  score: number;
}

export interface ExplainFinding {
  kind: string;
  metric?: string;
  dimension?: string;
  value?: Cell;
  where?: string;
  contribution: number;
  share: number | null;
  unusual: boolean;
  score: number;
  text: Text;
}

export interface Explanation {
  metric: string;
  title: Text;
  unit: string;
  format: string;
  direction: "" | "up" | "down";
  from: Range;
  to: Range;
  valueFrom: number | null;
  valueTo: number | null;
  change: number | null;
  changeRate: number | null;
  unusual: boolean;
  score: number;
  formula: { parts: FormulaPart[]; residual: number } | null;
  dimensions: DimensionSplit[];
  findings: ExplainFinding[];
  sentence: Text;
  warnings: Warning[];
}
