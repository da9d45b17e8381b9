import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Session } from "@/api/types";
import { useAdopt, useSession } from "@/app/session";
import { Button, Dialog, Notice, TextField, useErrorText, useToast } from "@/ui";
import { shortestPassword } from "./customs";
import styles from "./session.module.css";

function TitleForm({ title }: { title: string }) {
  const { t } = useTranslation("session");
  const adopt = useAdopt();
  const say = useToast();
  const textOf = useErrorText();
  const [value, setValue] = useState(title);
  const save = useMutation({
    mutationFn: async () => {
      await api("PUT", "/profile", { body: { title: value.trim() } });
      return api<Session>("GET", "/session");
    },
    onSuccess: (session) => {
      adopt(session);
      say(t("profile.saved"));
    },
  });
  return (
    <form
      className={styles["form"]}
      onSubmit={(e: FormEvent) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      {save.isError && <Notice tone="bad">{textOf(save.error)}</Notice>}
      <TextField label={t("firstRun.displayName")} autoComplete="name" required maxLength={100} value={value} onChange={(e) => setValue(e.target.value)} />
      <Button type="submit" busy={save.isPending} disabled={value.trim() === "" || value.trim() === title}>
        {t("save")}
      </Button>
    </form>
  );
}

function PasswordForm({ name }: { name: string }) {
  const { t } = useTranslation("session");
  const adopt = useAdopt();
  const say = useToast();
  const textOf = useErrorText();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const short = next.length < shortestPassword;
  const differs = next !== again;
  const change = useMutation({
    mutationFn: () => api<Session>("PUT", "/profile/password", { body: { current, new: next } }),
    onSuccess: (session) => {
      adopt(session);
      setCurrent("");
      setNext("");
      setAgain("");
      setTried(false);
      say(t("profile.passwordChanged"));
    },
  });
  return (
    <form
      className={styles["form"]}
      onSubmit={(e: FormEvent) => {
        e.preventDefault();
        setTried(true);
        if (!short && !differs) change.mutate();
      }}
    >
      <h3>{t("profile.password")}</h3>
      <p className={styles["lead"]}>{t("profile.passwordText")}</p>
      {change.isError && <Notice tone="bad">{textOf(change.error)}</Notice>}
      {/* Lets password managers know whose password this is. */}
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      <TextField label={t("profile.current")} type="password" autoComplete="current-password" required value={current} onChange={(e) => setCurrent(e.target.value)} />
      <TextField label={t("profile.new")} type="password" autoComplete="new-password" required hint={t("firstRun.passwordHint")} error={tried && short ? t("firstRun.passwordShort") : undefined} value={next} onChange={(e) => setNext(e.target.value)} />
      <TextField label={t("firstRun.again")} type="password" autoComplete="new-password" required error={tried && differs ? t("firstRun.differs") : undefined} value={again} onChange={(e) => setAgain(e.target.value)} />
      <Button type="submit" variant="primary" busy={change.isPending}>
        {t("profile.change")}
      </Button>
    </form>
  );
}

/** One's own name and password. */
export function Profile({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("session");
  const { user, demo } = useSession();
  if (user === null) return null;
  return (
    <Dialog title={t("profile.title")} onClose={onClose}>
      <div className={styles["profile"]}>
        <p className={styles["lead"]}>{t("profile.who", { name: user.name, role: t(`role.${user.role}`) })}</p>
        <TitleForm key={user.title} title={user.title} />
        {demo ? <Notice>{t("profile.demo")}</Notice> : <PasswordForm name={user.name} />}
      </div>
    </Dialog>
  );
}
