import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { QualityRuleSpec } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Dialog, Notice, TextAreaField, useErrorText } from "@/ui";
import { useInspect } from "./hooks";
import { ruleId } from "./rules";

/** A person's word that what a rule asks was looked after. */
export function InspectionForm({ dataset, rule, onClose }: { dataset: string; rule: QualityRuleSpec; onClose: () => void }) {
  const { t } = useTranslation("quality");
  const { pick } = useText();
  const textOf = useErrorText();
  const inspect = useInspect(dataset);
  const [note, setNote] = useState("");
  return (
    <Dialog
      title={pick(rule.title, t("inspection.confirm"))}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("form.cancel")}</Button>
          <Button variant="primary" busy={inspect.isPending} disabled={note.trim() === ""} onClick={() => inspect.mutate({ rule: ruleId(rule), note }, { onSuccess: onClose })}>
            {t("inspection.confirm")}
          </Button>
        </>
      }
    >
      <TextAreaField label={t("inspection.note")} hint={t("inspection.noteHint")} rows={4} value={note} onChange={(e) => setNote(e.target.value)} />
      {inspect.error !== null && <Notice tone="bad">{textOf(inspect.error)}</Notice>}
    </Dialog>
  );
}
