export { ExplorePage } from "./ExplorePage";
export { literal, quotePath } from "./question";
