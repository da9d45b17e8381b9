import { Page } from "@/ui";

export function TreeEditorPage() {
  return <Page>TreeEditorPage</Page>;
}
