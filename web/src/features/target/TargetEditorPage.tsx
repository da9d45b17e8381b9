import { Page } from "@/ui";

export function TargetEditorPage() {
  return <Page>TargetEditorPage</Page>;
}
