import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { User } from "@/api/types";
import { Button } from "./Button";
import { Icon } from "./Icon";
import { useToast } from "./Toast";
import styles from "./surface.module.css";

/** Who may grant what is missing, and words to ask them with. */
export function Denied({ detail }: { detail?: string }) {
  const { t } = useTranslation();
  const say = useToast();
  const people = useQuery({ queryKey: ["people", "users"], queryFn: ({ signal }) => api<{ items: User[] | null }>("GET", "/users", { signal }), retry: false });
  const admins = (people.data?.items ?? []).filter((u) => u.role === "admin" && u.disabled !== true).map((u) => u.title || u.name);
  return (
    <div className={styles["state"]} role="alert">
      <Icon name="shield" size={28} />
      <h3>{t("denied.title")}</h3>
      <p>{detail || t("denied.text")}</p>
      {admins.length > 0 && <p>{t("denied.who", { names: admins.join(t("denied.and")) })}</p>}
      <Button icon="copy" onClick={() => void navigator.clipboard?.writeText(t("denied.request", { address: window.location.href })).then(() => say(t("copied")))}>
        {t("denied.copy")}
      </Button>
    </div>
  );
}
