import { Page } from "@/ui";

export function AdminPage() {
  return <Page>AdminPage</Page>;
}
