import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { useNorthStar } from "@/api/hooks";
import type { Checklist } from "@/api/types";
import { Icon } from "@/ui";
import { useCan, useSession } from "./session";
import styles from "./shell.module.css";

const steps = [
  { key: "data", to: "/data/upload" },
  { key: "metric", to: "/metrics/new-metric" },
  { key: "tree", to: "/trees/new-tree" },
] as const;

/** The first step towards a North Star that is not done, and where it is done. */
export function firstStep(done: Checklist): (typeof steps)[number] | undefined {
  return steps.find((s) => !done[s.key]);
}

function Strip({ path }: { path: string }) {
  const { t } = useTranslation();
  const { data } = useNorthStar();
  const step = data === undefined ? undefined : firstStep(data.checklist);
  if (step === undefined || path === step.to) return null;
  return (
    <p className={styles["nextStep"]}>
      <Icon name="star" size={16} />
      <span>{t(`setup.${step.key}`)}</span>
      <Link to={step.to}>
        {t(`setup.${step.key}Go`)} <span aria-hidden="true">→</span>
      </Link>
    </p>
  );
}

/** Until there is a North Star, every other page says what comes next on the way to it. */
export function NextStep() {
  const { pathname } = useLocation();
  const { workspace } = useSession();
  const editor = useCan("editor");
  if (!editor || (workspace.tree ?? "") !== "" || pathname === "/" || pathname === "/welcome") return null;
  return <Strip path={pathname} />;
}
