export { ProcessesPage } from "./ProcessesPage";
export { ProcessFormPage } from "./ProcessFormPage";
export { ProcessPage } from "./ProcessPage";
