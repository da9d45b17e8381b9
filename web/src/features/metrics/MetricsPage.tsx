import { Page } from "@/ui";

export function MetricsPage() {
  return <Page>MetricsPage</Page>;
}
