import { Page } from "@/ui";

export function NorthStarPage() {
  return <Page>NorthStarPage</Page>;
}
