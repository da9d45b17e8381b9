export { DataPage } from "./DataPage";
export { DatasetPage } from "./DatasetPage";
export { UploadPage } from "./UploadPage";
export { Cell, isNumber } from "./dataset/cell";
export type { Detection } from "./types";
export { formatBytes } from "./upload";
export { draftOf, problemsOf, redraft, specOf, type Draft } from "./upload/draft";
export { ReadingForm } from "./upload/ReadingForm";
