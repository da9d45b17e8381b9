import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Session } from "@/api/types";
import { useAdopt } from "@/app/session";
import { useTitle } from "@/lib/title";
import { Button, Dialog, Notice, TextField, useErrorText } from "@/ui";
import { Stage } from "./Stage";
import styles from "./session.module.css";

function SignInForm({ name: known = "", onDone }: { name?: string; onDone?: () => void }) {
  const { t } = useTranslation("session");
  const adopt = useAdopt();
  const textOf = useErrorText();
  const [name, setName] = useState(known);
  const [password, setPassword] = useState("");
  const signIn = useMutation({
    mutationFn: () => api<Session>("POST", "/session", { body: { name, password } }),
    onSuccess: (session) => {
      adopt(session);
      onDone?.();
    },
  });
  return (
    <form
      className={styles["form"]}
      onSubmit={(e) => {
        e.preventDefault();
        signIn.mutate();
      }}
    >
      {signIn.isError && <Notice tone="bad">{textOf(signIn.error)}</Notice>}
      <TextField label={t("signIn.name")} name="username" autoComplete="username" autoCapitalize="none" required autoFocus={known === ""} value={name} onChange={(e) => setName(e.target.value)} />
      <TextField label={t("signIn.password")} name="password" type="password" autoComplete="current-password" required autoFocus={known !== ""} value={password} onChange={(e) => setPassword(e.target.value)} />
      <Button type="submit" variant="primary" busy={signIn.isPending}>
        {t("signIn.submit")}
      </Button>
    </form>
  );
}

/** The door. The address stays, so that signing in leads to where one wanted to go. */
export function SignIn({ session }: { session: Session }) {
  const { t } = useTranslation("session");
  useTitle(t("signIn.title"));
  return (
    <Stage>
      <h1 className="sr-only">{t("signIn.title")}</h1>
      {session.demo ? (
        <p>{t("signIn.demo")}</p>
      ) : (
        <>
          <SignInForm />
          <p className={styles["note"]}>{t("signIn.forgot")}</p>
        </>
      )}
    </Stage>
  );
}

/** Over the page when the session ended: what was typed below stays. */
export function SignInAgain({ session, onDone }: { session: Session; onDone: () => void }) {
  const { t } = useTranslation("session");
  return (
    <Dialog title={t("signIn.again")} onClose={onDone}>
      <p className={styles["lead"]}>{t("signIn.againText")}</p>
      <SignInForm name={session.user?.name} onDone={onDone} />
    </Dialog>
  );
}
