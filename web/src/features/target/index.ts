export { TargetsPage } from "./TargetsPage";
export { TargetEditorPage } from "./TargetEditorPage";
