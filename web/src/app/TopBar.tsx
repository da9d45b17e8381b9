import { useTranslation } from "react-i18next";
import { Link, useLocation } from "react-router";
import { api } from "@/api/client";
import type { Lang, Session } from "@/api/types";
import { currentLang, setLanguage } from "@/i18n";
import { initials } from "@/lib/name";
import { placesAbove } from "@/lib/place";
import { setTheme, useDark, useTheme, type Theme } from "@/lib/theme";
import { usePageTitle } from "@/lib/title";
import { Icon, IconButton, Menu, useErrorText, useToast } from "@/ui";
import { useAdopt, useSession } from "./session";
import styles from "./shell.module.css";

function Breadcrumb() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const title = usePageTitle();
  return (
    <nav aria-label={t("top.path")} className={styles["crumbs"]}>
      <ol>
        {placesAbove(pathname).map(({ path, key }) => (
          <li key={path}>
            <Link to={path}>{t(`nav.${key}`)}</Link>
          </li>
        ))}
        {title !== "" && (
          <li aria-current="page" title={title}>
            {title}
          </li>
        )}
      </ol>
    </nav>
  );
}

const themes: { value: Theme; key: "themeAuto" | "themeLight" | "themeDark" }[] = [
  { value: "auto", key: "themeAuto" },
  { value: "light", key: "themeLight" },
  { value: "dark", key: "themeDark" },
];

/** Language and theme, before and after signing in. */
export function LookMenus({ signedIn }: { signedIn: boolean }) {
  const { t } = useTranslation();
  const theme = useTheme();
  const dark = useDark();
  const say = useToast();
  const textOf = useErrorText();

  const chooseLanguage = async (lang: Lang) => {
    try {
      await setLanguage(lang);
      if (signedIn) await api("PUT", "/profile", { body: { lang } });
    } catch (error) {
      say(textOf(error), "bad");
    }
  };

  return (
    <>
      <Menu
        trigger={(p) => <IconButton icon="globe" label={t("top.language")} {...p} />}
        groups={[
          {
            items: [
              { key: "zh-CN", label: "中文", checked: currentLang() === "zh-CN", onSelect: () => void chooseLanguage("zh-CN") },
              { key: "en", label: "English", checked: currentLang() === "en", onSelect: () => void chooseLanguage("en") },
            ],
          },
        ]}
      />
      <Menu
        trigger={(p) => <IconButton icon={dark ? "moon" : "sun"} label={t("top.theme")} {...p} />}
        groups={[{ items: themes.map((o) => ({ key: o.value, label: t(`top.${o.key}`), checked: theme === o.value, onSelect: () => setTheme(o.value) })) }]}
      />
    </>
  );
}

function PersonMenu({ onShortcuts, onProfile }: { onShortcuts: () => void; onProfile: () => void }) {
  const { t } = useTranslation();
  const session = useSession();
  const adopt = useAdopt();
  const say = useToast();
  const textOf = useErrorText();
  const user = session.user;
  if (user === null) return null;

  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      say(textOf(error), "bad");
    }
  };
  const people = session.demo ? (session.people ?? []) : [];

  return (
    <Menu
      trigger={(p) => (
        <button type="button" className={styles["person"]} aria-label={`${t("top.person")}: ${user.title || user.name}`} {...p}>
          {initials(user.title || user.name)}
        </button>
      )}
      groups={[
        {
          heading: `${user.title || user.name} · ${t(`role.${user.role}`)}`,
          items: [
            { key: "profile", label: t("top.profile"), icon: "user", onSelect: onProfile },
            { key: "shortcuts", label: t("top.shortcuts"), icon: "info", onSelect: onShortcuts },
            {
              key: "out",
              label: t("top.signOut"),
              icon: "signout",
              onSelect: () =>
                void attempt(async () => {
                  await api<void>("DELETE", "/session");
                  adopt(await api<Session>("GET", "/session"));
                }),
            },
          ],
        },
        ...(people.length > 0
          ? [
              {
                heading: t("top.switchPerson"),
                items: people.map((p) => ({
                  key: p.name,
                  label: `${p.title || p.name} · ${t(`role.${p.role}`)}`,
                  checked: p.name === user.name,
                  onSelect: () => void attempt(async () => adopt(await api<Session>("POST", "/session/switch", { body: { name: p.name } }))),
                })),
              },
            ]
          : []),
      ]}
    />
  );
}

export function TopBar({ onSearch, onShortcuts, onProfile }: { onSearch: () => void; onShortcuts: () => void; onProfile: () => void }) {
  const { t } = useTranslation();
  return (
    <header className={styles["top"]}>
      <Breadcrumb />
      <button type="button" className={styles["search"]} onClick={onSearch} aria-label={t("top.search")}>
        <Icon name="search" size={16} />
        <span>{t("top.search")}</span>
        <kbd aria-hidden="true">/</kbd>
      </button>
      <LookMenus signedIn />
      <PersonMenu onShortcuts={onShortcuts} onProfile={onProfile} />
    </header>
  );
}
