export { useSettled } from "./check";
export type { Context } from "./context";
export { ExprField } from "./ExprField";
export { YamlField, type YamlHandle } from "./YamlField";
