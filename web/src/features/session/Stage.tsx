import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LookMenus } from "@/app/TopBar";
import { cx, Icon } from "@/ui";
import styles from "./session.module.css";

/** The page before there is a shell: the product's name, language and theme, and one box. */
export function Stage({ wide, children }: { wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <main className={styles["stage"]}>
      <div className={styles["look"]}>
        <LookMenus signedIn={false} />
      </div>
      <div className={cx(styles["box"], wide && styles["wide"])}>
        <div className={styles["brand"]}>
          <Icon name="star" size={28} />
          {t("product")}
        </div>
        {children}
      </div>
    </main>
  );
}
