import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui";
import styles from "./palette.module.css";

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const rows: [string[], string][] = [
    [["Ctrl/⌘ K"], t("shortcuts.palette")],
    [["/"], t("shortcuts.search")],
    [["?"], t("shortcuts.help")],
    [["↑", "↓", "←", "→"], t("shortcuts.tree")],
    [["Enter"], t("shortcuts.open")],
    [["Esc"], t("shortcuts.escape")],
  ];
  return (
    <Dialog title={t("shortcuts.title")} onClose={onClose}>
      <dl className={styles["keys"]}>
        {rows.map(([keys, words]) => (
          <div key={words}>
            <dt>
              {keys.map((k) => (
                <kbd key={k}>{k}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
