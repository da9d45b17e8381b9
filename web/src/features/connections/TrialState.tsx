import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Notice } from "@/ui";
import { wordsOf } from "./kinds";
import type { Trial } from "./types";

const words = { tables: "trial.ok", files: "trial.okFiles", lists: "trial.okLists", topics: "trial.okTopics" } as const;

/** How trying a connection went. */
export function TrialState({ trial, type }: { trial: Trial; type: string }) {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  if (!trial.ok) return <Notice tone="bad">{pick(trial.error?.text, t("trial.failed"))}</Notice>;
  return (
    <div role="status">
      <Notice tone="good">{t(type === "mqtt" ? "trial.okBroker" : words[wordsOf(type)], { count: trial.streams, millis: trial.millis })}</Notice>
    </div>
  );
}
