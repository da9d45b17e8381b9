import { Page } from "@/ui";

export function ExplorePage() {
  return <Page>ExplorePage</Page>;
}
