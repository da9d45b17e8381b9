import { Page } from "@/ui";

export function TargetsPage() {
  return <Page>TargetsPage</Page>;
}
