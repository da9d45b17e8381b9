import { useTranslation } from "react-i18next";
import { useCan } from "@/app/session";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Denied, Page, PageHead, TabPanel, Tabs } from "@/ui";
import { AuditLog } from "./AuditLog";
import { Settings } from "./Settings";
import { Tokens } from "./Tokens";
import { Users } from "./Users";

type Tab = "users" | "tokens" | "audit" | "settings";
const tabs: readonly Tab[] = ["users", "tokens", "audit", "settings"];

/** People, tokens, the audit log and the settings of the workspace. */
export function AdminPage() {
  const { t } = useTranslation("admin");
  const [chosen, setTab] = useUrlState("tab");
  const tab = tabs.find((k) => k === chosen) ?? "users";
  const admin = useCan("admin");
  useTitle(t(`tab.${tab}`));
  if (!admin) return <Page><Denied /></Page>;
  return (
    <Page>
      <PageHead title={t("title")} />
      <Tabs label={t("title")} tabs={tabs.map((key) => ({ key, label: t(`tab.${key}`) }))} value={tab} onChange={(next) => setTab(next === "users" ? "" : next)} />
      <TabPanel id={tab}>
        {tab === "users" && <Users />}
        {tab === "tokens" && <Tokens />}
        {tab === "audit" && <AuditLog />}
        {tab === "settings" && <Settings />}
      </TabPanel>
    </Page>
  );
}
