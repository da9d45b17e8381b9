export { TreesPage } from "./TreesPage";
export { TreeEditorPage } from "./TreeEditorPage";
