import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { Checklist as Steps } from "@/api/types";
import { remember, remembered } from "@/lib/storage";
import { Card, cx, Icon, IconButton } from "@/ui";
import styles from "./checklist.module.css";

const steps: { key: keyof Steps; to: string }[] = [
  { key: "data", to: "/data/upload" },
  { key: "metric", to: "/metrics/new-metric" },
  { key: "tree", to: "/trees/new-tree" },
  { key: "target", to: "/targets/new-target" },
  { key: "invite", to: "/admin?tab=users" },
];

/** From files to a North Star that people share; stays until done or dismissed. */
export function Checklist({ done, dismissable }: { done: Steps; dismissable: boolean }) {
  const { t } = useTranslation("northstar");
  const [dismissed, setDismissed] = useState(() => remembered("checklist") === "dismissed");
  if (steps.every((s) => done[s.key]) || (dismissable && dismissed)) return null;
  const current = steps.find((s) => !done[s.key])?.key;
  return (
    <Card
      title={t("checklist.title")}
      actions={
        dismissable ? (
          <IconButton
            small
            icon="close"
            label={t("checklist.dismiss")}
            onClick={() => {
              remember("checklist", "dismissed");
              setDismissed(true);
            }}
          />
        ) : undefined
      }
    >
      <ol className={styles["checklist"]}>
        {steps.map((s, i) => (
          <li key={s.key} className={cx(done[s.key] && styles["done"], s.key === current && styles["current"])}>
            <span className={styles["check"]} aria-hidden="true">
              {done[s.key] ? <Icon name="check" size={14} /> : i + 1}
            </span>
            <span>
              {done[s.key] ? t(`checklist.${s.key}`) : <Link to={s.to}>{t(`checklist.${s.key}`)}</Link>}
              <span className="sr-only"> {done[s.key] ? t("checklist.done") : ""}</span>
              {!done[s.key] && <small>{t(`checklist.${s.key}Hint`)}</small>}
            </span>
          </li>
        ))}
      </ol>
    </Card>
  );
}
