import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Dialog, Notice, TextField, useErrorText } from "@/ui";
import { useDecide } from "./hooks";
import styles from "./identity.module.css";
import { IdText } from "./IdText";
import type { Id } from "./types";

interface Props {
  entity: string;
  a: Id;
  b: Id;
  together: boolean;
  onClose: () => void;
}

/** Asks for the reason, then lets a person's word stand above all sources. */
export function DecideDialog({ entity, a, b, together, onClose }: Props) {
  const { t } = useTranslation("identity");
  const textOf = useErrorText();
  const decide = useDecide(entity);
  const [why, setWhy] = useState("");
  return (
    <Dialog
      title={together ? t("decide.join") : t("decide.part")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="primary" busy={decide.isPending} onClick={() => decide.mutate({ a, b, together, why }, { onSuccess: onClose })}>
            {together ? t("decide.joinDo") : t("decide.partDo")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <p>
          <IdText id={a} /> {together ? "=" : "≠"} <IdText id={b} />
        </p>
        <p className={styles["muted"]}>{together ? t("decide.joinText") : t("decide.partText")}</p>
        <TextField label={t("decide.why")} hint={t("decide.whyHint")} value={why} onChange={(e) => setWhy(e.target.value)} />
        {decide.error !== null && <Notice tone="bad">{textOf(decide.error)}</Notice>}
      </div>
    </Dialog>
  );
}
