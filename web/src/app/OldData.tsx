import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { api } from "@/api/client";
import { refreshAll, sessionQuery } from "@/api/hooks";
import type { Resource, WorkspaceSpec } from "@/api/types";
import { useText } from "@/i18n/useText";
import { dayIn, formatDay } from "@/lib/date";
import { remember, remembered } from "@/lib/storage";
import { Button, Icon, IconButton, useErrorText, useToast } from "@/ui";
import { useCan, useSession } from "./session";
import styles from "./shell.module.css";

/** Days after which nobody looks at the newest rows as at those of today. */
const oldAfter = 60;

/** The newest row of all, when it is so old that periods up to today are empty. */
export function oldSince(newest: readonly (string | undefined)[], now: number): string | undefined {
  const last = newest.filter((at) => at !== undefined && at !== "").toSorted().at(-1);
  return last !== undefined && now - Date.parse(last) > oldAfter * 86_400_000 ? last : undefined;
}

const path = "/workspaces/workspace";
const kept = "oldData";

function Strip() {
  const { t } = useTranslation();
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const admin = useCan("admin");
  const client = useQueryClient();
  const say = useToast();
  const textOf = useErrorText();
  const [now] = useState(Date.now);
  const [left, setLeft] = useState(remembered(kept) === "left");
  const data = useQuery({ queryKey: ["data", "overview"], queryFn: ({ signal }) => api<{ items: { dataTo?: string }[] }>("GET", "/data", { signal }), enabled: !left });
  const end = useMutation({
    mutationFn: async () => {
      const stored = await api<Resource<WorkspaceSpec>>("GET", path);
      return api("PUT", path, { body: { metadata: stored.metadata, spec: { ...stored.spec, asOf: "latest" } }, headers: { "If-Match": `"${stored.revision}"` } });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      await refreshAll(client);
      say(t("oldData.done"));
    },
    onError: (error) => say(textOf(error), "bad"),
  });
  const since = left ? undefined : oldSince((data.data?.items ?? []).map((d) => d.dataTo), now);
  if (since === undefined) return null;
  return (
    <p className={styles["nextStep"]}>
      <Icon name="clock" size={16} />
      <span>{t("oldData.text", { day: formatDay(dayIn(since, zone), lang) })}</span>
      {admin ? (
        <Button small busy={end.isPending} onClick={() => end.mutate()}>
          {t("oldData.go")}
        </Button>
      ) : (
        <span>{t("oldData.ask")}</span>
      )}
      <IconButton
        small
        icon="close"
        label={t("oldData.leave")}
        onClick={() => {
          remember(kept, "left");
          setLeft(true);
        }}
      />
    </p>
  );
}

/** Where numbers are looked at and all data are old, offers to let time end with them. */
export function OldData() {
  const { pathname } = useLocation();
  const { asOf = "" } = useSession().workspace;
  const shown = pathname === "/" || /^\/(explore|metrics|targets)(\/|$)/.test(pathname);
  return shown && (asOf === "" || asOf === "now") ? <Strip /> : null;
}
