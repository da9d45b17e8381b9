export { ConditionField } from "./ConditionField";
export { useSettled } from "./check";
export type { Context } from "./context";
export { DefinitionEditor } from "./DefinitionEditor";
export { useFindings, type Definition, type Findings } from "./definition";
export { AboutFields, CodeOf, FormEnd, LinesField, NumberField, PickedField, SpanField } from "./fields";
export { ExprField } from "./ExprField";
export { YamlField, type YamlHandle } from "./YamlField";
export { useIdKinds, type IdKind } from "./useIdKinds";
