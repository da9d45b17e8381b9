import { Page } from "@/ui";

export function DatasetPage() {
  return <Page>DatasetPage</Page>;
}
