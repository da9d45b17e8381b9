import { Page } from "@/ui";

export function MetricPage() {
  return <Page>MetricPage</Page>;
}
