export * from "./BarList";
export * from "./ChartFrame";
export * from "./scale";
export * from "./Sparkline";
export * from "./TrendChart";
export * from "./useWidth";
export * from "./Waterfall";
