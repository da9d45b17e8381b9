export { MetricFormPage } from "./MetricFormPage";
export { MetricPage } from "./MetricPage";
export { MetricsPage } from "./MetricsPage";
