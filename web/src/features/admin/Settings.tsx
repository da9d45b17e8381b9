import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sessionQuery, usePut, useResource, useResources } from "@/api/hooks";
import type { Resource, TreeSpec, WorkspaceSpec } from "@/api/types";
import { currencies, weekdays, zones } from "@/features/session";
import { useText } from "@/i18n/useText";
import { Button, Card, Checkbox, Loaded, Notice, Picker, SelectField, TextField, useErrorText, useToast } from "@/ui";
import styles from "./admin.module.css";

function SettingsForm({ workspace, trees }: { workspace: Resource<WorkspaceSpec>; trees: Resource<TreeSpec>[] }) {
  const { t } = useTranslation(["admin", "session"]);
  const { lang, pick } = useText();
  const client = useQueryClient();
  const say = useToast();
  const textOf = useErrorText();
  const put = usePut<WorkspaceSpec>("workspaces");
  const [spec, setSpec] = useState(workspace.spec);
  const set = (change: Partial<WorkspaceSpec>) => setSpec({ ...spec, ...change });
  const month = (n: number) => new Intl.DateTimeFormat(lang, { month: "long", timeZone: "UTC" }).format(new Date(Date.UTC(2026, n - 1, 1)));
  const asOf = spec.asOf === undefined || spec.asOf === "" ? "now" : spec.asOf === "now" || spec.asOf === "latest" ? spec.asOf : "date";

  return (
    <form
      className={styles["form"]}
      onSubmit={(e) => {
        e.preventDefault();
        put.mutate(
          { metadata: workspace.metadata, spec, revision: workspace.revision },
          {
            onSuccess: async () => {
              await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
              say(t("settings.saved"));
            },
          },
        );
      }}
    >
      <div className={styles["fields"]}>
        <Picker label={t("settings.zone")} options={zones().map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }))} value={spec.zone} onChange={(zone) => set({ zone })} />
        <SelectField label={t("settings.weekStart")} value={spec.weekStart || "monday"} onChange={(e) => set({ weekStart: e.target.value })} options={weekdays.map((d) => ({ value: d, label: t(`weekday.${d}`, { ns: "session" }) }))} />
        <SelectField label={t("settings.yearStart")} value={String(spec.yearStart || 1)} onChange={(e) => set({ yearStart: Number(e.target.value) })} options={Array.from({ length: 12 }, (_, i) => ({ value: String(i + 1), label: month(i + 1) }))} />
        <SelectField label={t("settings.currency")} value={spec.currency ?? ""} onChange={(e) => set({ currency: e.target.value || undefined })} options={[{ value: "", label: t("settings.noCurrency") }, ...currencies.map((c) => ({ value: c, label: c }))]} />
        <SelectField label={t("settings.tree")} value={spec.tree ?? ""} onChange={(e) => set({ tree: e.target.value || undefined })} options={[{ value: "", label: t("settings.noTree") }, ...trees.map((r) => ({ value: r.metadata.name, label: pick(r.metadata.title, r.metadata.name) }))]} />
        <SelectField
          label={t("settings.asOf")}
          hint={asOf === "latest" ? t("settings.asOfHint") : undefined}
          value={asOf}
          onChange={(e) => set({ asOf: e.target.value === "date" ? new Date().toISOString().slice(0, 10) : e.target.value })}
          options={[
            { value: "now", label: t("settings.asOfNow") },
            { value: "latest", label: t("settings.asOfLatest") },
            { value: "date", label: t("settings.asOfDate") },
          ]}
        />
        {asOf === "date" && <TextField type="date" label={t("settings.asOfDate")} value={spec.asOf} onChange={(e) => set({ asOf: e.target.value })} />}
      </div>
      <Checkbox label={t("settings.redUp")} checked={spec.redUp === true} onChange={(e) => set({ redUp: e.target.checked || undefined })} />
      {put.isError && <Notice tone="bad">{textOf(put.error)}</Notice>}
      <Button type="submit" variant="primary" busy={put.isPending} className={styles["submit"]}>
        {t("save")}
      </Button>
    </form>
  );
}

/** How the whole workspace counts. */
export function Settings() {
  const { t } = useTranslation("admin");
  const workspace = useResource<WorkspaceSpec>("workspaces", "workspace");
  const trees = useResources<TreeSpec>("trees");
  return (
    <Card title={t("tab.settings")}>
      <Loaded query={workspace}>{(w) => <Loaded query={trees}>{(all) => <SettingsForm key={w.revision} workspace={w} trees={all} />}</Loaded>}</Loaded>
    </Card>
  );
}
