export { ConditionField } from "./ConditionField";
export { ExprField } from "./ExprField";
export { YamlField, type YamlHandle } from "./YamlField";
export { useSettled } from "./check";
export type { Context } from "./context";
