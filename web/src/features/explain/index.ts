export { decodeSteps, encodeSteps, target, type DrillStep, type Mode } from "./drill";
export { Why, type WhyState } from "./Why";
