import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Button, Dialog, Notice, TextAreaField, useErrorText, useToast } from "@/ui";
import { useEdit } from "./hooks";
import styles from "./events.module.css";
import type { Message } from "./types";

function parsed(text: string): { value?: unknown; error?: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** One message as it was sent, to put right by hand. */
export function EditDialog({ message, title, onClose }: { message: Message; title: string; onClose: () => void }) {
  const { t } = useTranslation("events");
  const { pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const edit = useEdit();
  const [text, setText] = useState(() => JSON.stringify(message.payload, null, 2));
  const [left, setLeft] = useState<string[]>(message.reasons.map((r) => pick(r.text)));
  const { value, error } = parsed(text);
  const save = () =>
    edit.mutate(
      { id: message.id, payload: value },
      {
        onSuccess: (done) => {
          if (done.stored > 0) {
            say(t("stored1"));
            onClose();
          } else setLeft(done.why.map((r) => pick(r.text)));
        },
        onError: (e) => say(textOf(e), "bad"),
      },
    );
  return (
    <Dialog
      wide
      title={t("editTitle", { event: title })}
      onClose={onClose}
      footer={
        <Button variant="primary" busy={edit.isPending} disabled={error !== undefined} onClick={save}>
          {t("saveAndStore")}
        </Button>
      }
    >
      <div className={styles["stack"]}>
        <Notice tone="watch">
          {left.map((reason) => (
            <p key={reason}>{reason}</p>
          ))}
        </Notice>
        <TextAreaField label={t("payload")} mono rows={14} spellCheck={false} value={text} error={error} onChange={(e) => setText(e.target.value)} />
      </div>
    </Dialog>
  );
}
