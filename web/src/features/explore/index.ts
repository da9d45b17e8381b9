export { ExplorePage } from "./ExplorePage";
export { comparisonOf, literal, quotePath } from "./question";
