import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { Button, Checkbox, Dialog, Notice, TextField, useErrorText, useToast } from "@/ui";
import { calls, useCreateKey } from "./hooks";
import { Snippets } from "./Snippets";
import styles from "./writekeys.module.css";

const isName = (name: string) => /^[a-z][a-z0-9_]{0,59}$/.test(name);

/** Makes a key for a source; what it is made of is shown once. */
export function NewKey({ taken, onClose }: { taken: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("writekeys");
  const textOf = useErrorText();
  const say = useToast();
  const create = useCreateKey();
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<readonly string[]>(calls);
  const [tried, setTried] = useState(false);
  const wrong = name === "" ? (tried ? t("new.required") : undefined) : !isName(name) ? t("new.nameRule") : taken.includes(name) ? t("new.taken") : undefined;
  const told = create.error instanceof ApiError ? create.error.problem.errors?.find((e) => e.path === "name")?.detail : undefined;
  const none = chosen.length === 0;
  const secret = create.data?.writeKey;
  if (secret !== undefined) {
    return (
      <Dialog wide title={t("new.made", { name })} onClose={onClose} footer={<Button variant="primary" onClick={onClose}>{t("new.done")}</Button>}>
        <div className={styles["stack"]}>
          <Notice tone="watch">{t("new.once")}</Notice>
          <div className={styles["secret"]}>
            <code>{secret}</code>
            <Button icon="copy" onClick={() => void navigator.clipboard?.writeText(secret).then(() => say(t("copied")))}>
              {t("copy")}
            </Button>
          </div>
          <h3>{t("how")}</h3>
          <Snippets writeKey={secret} />
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("new.title")} onClose={onClose}>
      <form
        noValidate
        className={styles["stack"]}
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (isName(name) && wrong === undefined && !none) create.mutate({ name, calls: chosen.length === calls.length ? [] : chosen });
        }}
      >
        <TextField mono required label={t("new.name")} hint={t("new.nameHint")} error={wrong ?? told} value={name} onChange={(e) => setName(e.target.value)} />
        <fieldset className={styles["calls"]}>
          <legend>{t("new.calls")}</legend>
          {calls.map((call) => (
            <Checkbox key={call} label={<code>{call}</code>} checked={chosen.includes(call)} onChange={(e) => setChosen(e.target.checked ? calls.filter((c) => c === call || chosen.includes(c)) : chosen.filter((c) => c !== call))} />
          ))}
        </fieldset>
        {none && <Notice tone="bad">{t("new.noCalls")}</Notice>}
        {create.isError && told === undefined && <Notice tone="bad">{textOf(create.error)}</Notice>}
        <div className={styles["foot"]}>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" variant="primary" busy={create.isPending}>
            {t("new.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
