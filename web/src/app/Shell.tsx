import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { NavLink, Outlet, ScrollRestoration, useNavigation } from "react-router";
import { loadStrings } from "@/i18n";
import { Icon, type IconName } from "@/ui";
import { NextStep } from "./NextStep";
import { OldData } from "./OldData";
import { useCan } from "./session";
import { TopBar } from "./TopBar";
import styles from "./shell.module.css";

const Palette = lazy(() => import("./Palette").then((m) => ({ default: m.Palette })));
const Profile = lazy(async () => {
  const [module] = await Promise.all([import("@/features/session/Profile"), loadStrings("session")]);
  return { default: module.Profile };
});
const Shortcuts = lazy(() => import("./Shortcuts").then((m) => ({ default: m.Shortcuts })));

export const sections: { path: string; key: "northStar" | "metrics" | "explore" | "data" | "admin"; icon: IconName }[] = [
  { path: "/", key: "northStar", icon: "star" },
  { path: "/metrics", key: "metrics", icon: "metrics" },
  { path: "/explore", key: "explore", icon: "explore" },
  { path: "/data", key: "data", icon: "data" },
  { path: "/admin", key: "admin", icon: "admin" },
];

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Rail, top bar and the page between them. */
export function Shell() {
  const { t } = useTranslation();
  const [layer, setLayer] = useState<"" | "palette" | "shortcuts" | "profile">("");
  const admin = useCan("admin");
  const busy = useNavigation().state !== "idle";

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
        e.preventDefault();
        setLayer((now) => (now === "palette" ? "" : "palette"));
      } else if (!e.ctrlKey && !e.metaKey && !e.altKey && !typing(e.target) && document.querySelector("dialog[open]") === null) {
        if (e.key === "/") {
          e.preventDefault();
          setLayer("palette");
        } else if (e.key === "?") {
          setLayer("shortcuts");
        }
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  return (
    <div className={styles["shell"]}>
      <a className={styles["skip"]} href="#main">
        {t("skip")}
      </a>
      <nav className={styles["rail"]} aria-label={t("nav.label")}>
        <div className={styles["brand"]} aria-hidden="true">
          <Icon name="star" size={24} />
          <span>{t("product")}</span>
        </div>
        {sections
          .filter((s) => s.key !== "admin" || admin)
          .map((s) => (
            <NavLink key={s.path} to={s.path} end={s.path === "/"} className={styles["section"]} title={t(`nav.${s.key}`)}>
              <Icon name={s.icon} />
              <span>{t(`nav.${s.key}`)}</span>
            </NavLink>
          ))}
      </nav>
      <div className={styles["column"]}>
        <TopBar onSearch={() => setLayer("palette")} onShortcuts={() => setLayer("shortcuts")} onProfile={() => setLayer("profile")} />
        <NextStep />
        <OldData />
        <div className={styles["progress"]} data-busy={busy || undefined} />
        <main id="main" tabIndex={-1} className={styles["main"]}>
          <Outlet />
        </main>
      </div>
      <ScrollRestoration />
      <Suspense fallback={null}>
        {layer === "palette" && <Palette onClose={() => setLayer("")} />}
        {layer === "profile" && <Profile onClose={() => setLayer("")} />}
        {layer === "shortcuts" && <Shortcuts onClose={() => setLayer("")} />}
      </Suspense>
    </div>
  );
}
