import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { Button, Dialog, Notice, SelectField, TextField, useErrorText, useToast } from "@/ui";
import { tryReplay, useReplay } from "./hooks";
import { complete, ruleFor, rulesFor } from "./rules";
import styles from "./events.module.css";
import type { Count, Rule } from "./types";

/** One rule for all messages of a reason, with what it would do told first. */
export function MendDialog({ of, title, onClose }: { of: Count; title: string; onClose: () => void }) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const replay = useReplay();
  const [rule, setRule] = useState<Rule>(() => ruleFor(of));
  const selection = { event: of.event, kind: of.kind, property: of.property === "" ? undefined : of.property };
  const ready = complete(rule);
  const trial = useQuery({ queryKey: ["data", "events", "trial", selection, rule], queryFn: () => tryReplay(selection, rule), enabled: ready, retry: false });
  const apply = () =>
    replay.mutate(
      { of: selection, rule },
      {
        onSuccess: (done) => {
          say(t("replayed", { stored: formatFull(done.stored, lang), left: formatFull(done.left, lang) }));
          onClose();
        },
        onError: (error) => say(textOf(error), "bad"),
      },
    );
  return (
    <Dialog
      title={t("mend.title", { event: title })}
      onClose={onClose}
      footer={
        <Button variant="primary" busy={replay.isPending} disabled={trial.data === undefined || trial.data.stored === 0} onClick={apply}>
          {t("mend.apply", { count: trial.data?.stored ?? 0 })}
        </Button>
      }
    >
      <div className={styles["stack"]}>
        <p>{pick(of.text)}</p>
        <div className={styles["fields"]}>
          <SelectField label={t("mend.do")} value={rule.do} options={rulesFor(of).map((value) => ({ value, label: t(`mend.${value}`) }))} onChange={(e) => setRule({ ...rule, do: e.target.value as Rule["do"] })} />
          {rule.do !== "rename_event" && <TextField label={t("mend.property")} mono value={rule.property ?? ""} onChange={(e) => setRule({ ...rule, property: e.target.value })} />}
          {(rule.do === "rename" || rule.do === "rename_event") && <TextField label={t("mend.to")} mono value={rule.to ?? ""} onChange={(e) => setRule({ ...rule, to: e.target.value })} />}
          {rule.do === "default" && <TextField label={t("mend.value")} value={rule.value ?? ""} onChange={(e) => setRule({ ...rule, value: e.target.value })} />}
        </div>
        {trial.isError && <Notice tone="bad">{textOf(trial.error)}</Notice>}
        {trial.data !== undefined && (
          <Notice tone={trial.data.stored > 0 ? "good" : "watch"}>
            <p>{t("mend.would", { stored: formatFull(trial.data.stored, lang), tried: formatFull(trial.data.tried, lang) })}</p>
            {trial.data.why.slice(0, 5).map((w) => (
              <p key={`${w.kind} ${w.property ?? ""}`}>
                {formatFull(w.n, lang)} × {pick(w.text)}
              </p>
            ))}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
