export { DataPage } from "./DataPage";
export { DatasetPage } from "./DatasetPage";
export { UploadPage } from "./UploadPage";
export { Cell, isNumber } from "./dataset/cell";
