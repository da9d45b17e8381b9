import { Page } from "@/ui";

export function TreesPage() {
  return <Page>TreesPage</Page>;
}
