export { DataPage } from "./DataPage";
export { DatasetPage } from "./DatasetPage";
