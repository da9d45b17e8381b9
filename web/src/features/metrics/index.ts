export { MetricsPage } from "./MetricsPage";
export { MetricPage } from "./MetricPage";
