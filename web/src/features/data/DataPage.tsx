import { Page } from "@/ui";

export function DataPage() {
  return <Page>DataPage</Page>;
}
