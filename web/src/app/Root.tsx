import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { onUnauthenticated } from "@/api/client";
import { sessionQuery } from "@/api/hooks";
import { languageChosen, loadStrings, setLanguage } from "@/i18n";
import { setRedUp } from "@/lib/theme";
import { Loaded, Page, Skeleton } from "@/ui";
import { Shell } from "./Shell";

const FirstRun = lazy(async () => {
  const [module] = await Promise.all([import("@/features/session/FirstRun"), loadStrings("session")]);
  return { default: module.FirstRun };
});
const SignIn = lazy(async () => {
  const [module] = await Promise.all([import("@/features/session/SignIn"), loadStrings("session")]);
  return { default: module.SignIn };
});
const SignInAgain = lazy(async () => {
  const [module] = await Promise.all([import("@/features/session/SignIn"), loadStrings("session")]);
  return { default: module.SignInAgain };
});

/** Decides who sees what: first run, sign-in, or the shell with the page asked for. */
export function Root() {
  const query = useQuery(sessionQuery);
  const { t } = useTranslation();
  const [expired, setExpired] = useState(false);
  const session = query.data;

  useEffect(() => onUnauthenticated(() => setExpired(true)), []);
  useEffect(() => setRedUp(session?.workspace.redUp === true), [session?.workspace.redUp]);
  useEffect(() => {
    const lang = session?.user?.lang;
    if ((lang === "zh-CN" || lang === "en") && !languageChosen()) void setLanguage(lang);
  }, [session?.user?.lang]);

  if (session === undefined || session.setupRequired || session.user === null) {
    return (
      <Loaded query={query} skeleton={<Page><Skeleton height={320} /></Page>}>
        {(now) => <Suspense fallback={<Page><span role="status">{t("loading")}</span></Page>}>{now.setupRequired ? <FirstRun session={now} /> : <SignIn session={now} />}</Suspense>}
      </Loaded>
    );
  }
  return (
    <>
      <Shell />
      {expired && (
        <Suspense fallback={null}>
          <SignInAgain session={session} onDone={() => setExpired(false)} />
        </Suspense>
      )}
    </>
  );
}
