export { currencies, weekdays, zones } from "./customs";
