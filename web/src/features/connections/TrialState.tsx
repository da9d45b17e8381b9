import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Notice } from "@/ui";
import type { Trial } from "./types";

/** How trying a connection went. */
export function TrialState({ trial, files }: { trial: Trial; files: boolean }) {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  if (!trial.ok) return <Notice tone="bad">{pick(trial.error?.text, t("trial.failed"))}</Notice>;
  return (
    <div role="status">
      <Notice>{t(files ? "trial.okFiles" : "trial.ok", { count: trial.streams, millis: trial.millis })}</Notice>
    </div>
  );
}
