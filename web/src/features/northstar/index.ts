export { NorthStarPage } from "./NorthStarPage";
