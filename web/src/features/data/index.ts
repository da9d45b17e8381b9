export { DataPage } from "./DataPage";
export { DatasetPage } from "./DatasetPage";
export { UploadPage } from "./UploadPage";
export { Cell } from "./dataset/cell";
export type { Detection } from "./types";
export { draftOf, problemsOf, redraft, specOf, type Draft } from "./upload/draft";
export { ReadingForm } from "./upload/ReadingForm";
