// The types of this folder are written by hand, since the server's description
// cannot say which text is one of a few words or that a list is never null.
// Here they are held against that description (schema.d.ts, by `npm run gen`):
// a field that one side lacks, or that is of another kind, is a type error
// that names it. Nothing of this reaches the browser.

import type * as our from "./types";
import type { components } from "./schema";

type Their = components["schemas"];

type Kind<T> = [NonNullable<T>] extends [string] ? "text" : [NonNullable<T>] extends [number] ? "number" : [NonNullable<T>] extends [boolean] ? "truth" : [NonNullable<T>] extends [readonly unknown[]] ? "list" : "thing";

/** The fields in which two types differ. */
type Differing<A, B> = { [K in keyof A | keyof B]-?: K extends keyof A & keyof B ? ([Kind<A[K]>] extends [Kind<B[K]>] ? never : K) : K }[keyof A | keyof B];

/** Takes only types that differ in no field. */
type Same<T extends never> = T;

export type Contract = [
  Same<Differing<our.Text, Their["Text"]>>,
  Same<Differing<our.Range, Their["Range"]>>,
  Same<Differing<our.Warning, Their["QueryWarning"]>>,
  Same<Differing<our.Freshness, Their["QueryFreshness"]>>,
  Same<Differing<our.Person, Their["Person"]>>,
  Same<Differing<our.Session, Their["SessionState"]>>,
  Same<Differing<our.Setup, Their["SetupBody"]>>,
  Same<Differing<our.User, Their["User"]>>,
  Same<Differing<our.Token, Their["NewTokenAnswer"]>>,
  Same<Differing<our.AuditEntry, Their["Entry"]>>,
  Same<Differing<our.Metadata, Their["Metadata"]>>,
  Same<Differing<our.Finding, Their["Finding"]>>,
  Same<Differing<our.Resource<our.MetricSpec>, Their["MetricResource"]>>,
  Same<Differing<our.ColumnSpec, Their["Column"]>>,
  Same<Differing<our.RelationshipSpec, Their["Relationship"]>>,
  Same<Differing<our.FileFormat, Their["Format"]>>,
  Same<Differing<our.DatasetSpec, Their["DatasetSpec"]>>,
  Same<Differing<our.QualityRuleSpec, Their["QualityRule"]>>,
  Same<Differing<our.MetricInput, Their["Input"]>>,
  Same<Differing<our.MetricSpec, Their["MetricSpec"]>>,
  Same<Differing<our.InfluenceSpec, Their["TreeInfluence"]>>,
  Same<Differing<our.GuardrailSpec, Their["TreeGuardrail"]>>,
  Same<Differing<our.TreeSpec, Their["TreeSpec"]>>,
  Same<Differing<our.TargetSpec, Their["TargetSpec"]>>,
  Same<Differing<our.StepSpec, Their["ProcessStep"]>>,
  Same<Differing<our.ProcessSpec, Their["ProcessSpec"]>>,
  Same<Differing<our.ProcessPlace, Their["ProcessPlace"]>>,
  Same<Differing<our.WorkspaceSpec, Their["WorkspaceSpec"]>>,
  Same<Differing<our.Revision, Their["Revision"]>>,
  Same<Differing<our.SearchHit, Their["Hit"]>>,
  Same<Differing<our.TimeRange, Their["QueryTimeRange"]>>,
  Same<Differing<our.QueryRequest, Their["QueryRequest"]>>,
  Same<Differing<our.QueryColumn, Their["QueryColumn"]>>,
  Same<Differing<our.QueryResult, Their["QueryResult"]>>,
  Same<Differing<our.DimensionInfo, Their["DimensionInfo"]>>,
  Same<Differing<our.Point, Their["TreePoint"]>>,
  Same<Differing<our.TargetState, Their["TargetState"]>>,
  Same<Differing<our.NodeState, Their["TreeNodeState"]>>,
  Same<Differing<our.Edge, Their["TreeEdge"]>>,
  Same<Differing<our.GuardrailState, Their["TreeGuardrailState"]>>,
  Same<Differing<our.TreeState, Their["TreeState"]>>,
  Same<Differing<our.Checklist, Their["Checklist"]>>,
  Same<Differing<our.NorthStar, Their["NorthStar"]>>,
  Same<Differing<our.ExplainRequest, Their["ExplainRequest"]>>,
  Same<Differing<our.FormulaPart, Their["ExplainFormulaPart"]>>,
  Same<Differing<our.Member, Their["ExplainMember"]>>,
  Same<Differing<our.DimensionSplit, Their["ExplainDimensionSplit"]>>,
  Same<Differing<our.ExplainFinding, Their["ExplainFinding"]>>,
  Same<Differing<our.Explanation, Their["Explanation"]>>,
];
