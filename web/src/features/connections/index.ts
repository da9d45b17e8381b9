export { BringFilesPage } from "./BringFilesPage";
export { ConnectionFormPage } from "./ConnectionFormPage";
export { ConnectionPage } from "./ConnectionPage";
export { ConnectionsPage } from "./ConnectionsPage";
