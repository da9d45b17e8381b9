import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import type { Lang, Session, Setup } from "@/api/types";
import { useAdopt } from "@/app/session";
import { currentLang, setLanguage } from "@/i18n";
import { useTitle } from "@/lib/title";
import { Button, Notice, Picker, SelectField, TextField, useErrorText } from "@/ui";
import { currencies, currencyOf, localZone, shortestPassword, weekdays, zones } from "./customs";
import { Stage } from "./Stage";
import styles from "./session.module.css";


/** The first visit: who runs this, and how the organisation counts. */
export function FirstRun({ session }: { session: Session }) {
  const { t } = useTranslation("session");
  const adopt = useAdopt();
  const navigate = useNavigate();
  const textOf = useErrorText();
  const [again, setAgain] = useState("");
  const [tried, setTried] = useState(false);
  const [setup, setSetup] = useState<Omit<Setup, "lang">>(() => {
    const zone = localZone();
    return { name: "", title: "", password: "", code: "", zone, weekStart: "monday", currency: currencyOf(zone) };
  });
  const set = (change: Partial<Setup>) => setSetup((now) => ({ ...now, ...change }));
  useTitle(t("firstRun.title"));

  const create = useMutation({
    mutationFn: () => api<Session>("POST", "/setup", { body: { ...setup, code: setup.code || undefined, lang: currentLang() } }),
    onSuccess: (created) => {
      adopt(created);
      void navigate("/welcome", { replace: true });
    },
  });
  const short = setup.password.length < shortestPassword;
  const differs = setup.password !== again;

  return (
    <Stage wide>
      <h1>{t("firstRun.title")}</h1>
      <p className={styles["lead"]}>{t("firstRun.lead")}</p>
      <form
        className={styles["form"]}
        onSubmit={(e) => {
          e.preventDefault();
          setTried(true);
          if (!short && !differs) create.mutate();
        }}
      >
        <h2>{t("firstRun.you")}</h2>
        <div className={styles["grid"]}>
          <TextField label={t("firstRun.displayName")} name="title" autoComplete="name" required value={setup.title} onChange={(e) => set({ title: e.target.value })} />
          <TextField label={t("firstRun.name")} name="name" hint={t("firstRun.nameHint")} autoComplete="username" autoCapitalize="none" pattern="[a-z][a-z0-9._\-]*" required value={setup.name} onChange={(e) => set({ name: e.target.value })} />
          <TextField label={t("firstRun.password")} name="password" type="password" autoComplete="new-password" required hint={t("firstRun.passwordHint")} error={tried && short ? t("firstRun.passwordShort") : undefined} value={setup.password} onChange={(e) => set({ password: e.target.value })} />
          <TextField label={t("firstRun.again")} name="again" type="password" autoComplete="new-password" required error={tried && differs ? t("firstRun.differs") : undefined} value={again} onChange={(e) => setAgain(e.target.value)} />
          {session.setupCodeRequired && <TextField label={t("firstRun.code")} name="code" hint={t("firstRun.codeHint")} autoComplete="one-time-code" required value={setup.code} onChange={(e) => set({ code: e.target.value })} />}
        </div>
        <h2>{t("firstRun.customs")}</h2>
        <div className={styles["grid"]}>
          <SelectField
            label={t("firstRun.language")}
            value={currentLang()}
            onChange={(e) => void setLanguage(e.target.value as Lang)}
            options={[
              { value: "zh-CN", label: "中文" },
              { value: "en", label: "English" },
            ]}
          />
          <Picker label={t("firstRun.zone")} options={zones().map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") }))} value={setup.zone} onChange={(zone) => set({ zone })} />
          <SelectField label={t("firstRun.weekStart")} value={setup.weekStart} onChange={(e) => set({ weekStart: e.target.value })} options={weekdays.map((day) => ({ value: day, label: t(`weekday.${day}`) }))} />
          <SelectField label={t("firstRun.currency")} value={setup.currency} onChange={(e) => set({ currency: e.target.value })} options={currencies.map((c) => ({ value: c, label: c }))} />
        </div>
        {create.isError && <Notice tone="bad">{textOf(create.error)}</Notice>}
        <Button type="submit" variant="primary" busy={create.isPending}>
          {t("firstRun.submit")}
        </Button>
      </form>
    </Stage>
  );
}
