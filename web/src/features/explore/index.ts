export { ExplorePage } from "./ExplorePage";
export { comparisonOf } from "./question";
