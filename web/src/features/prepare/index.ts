export { PreparePage } from "./PreparePage";
