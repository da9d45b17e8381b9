import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatBytes, formatShare } from "@/lib/number";
import { Chip, IconButton } from "@/ui";
import styles from "../data.module.css";
import type { Item } from "./useWizard";
import own from "./upload.module.css";

interface Props {
  items: Item[];
  chosen: number | undefined;
  /** Whether something has to be settled first. */
  open: (item: Item) => boolean;
  onChoose: (id: number) => void;
  onRemove: (item: Item) => void;
}

/** The files at hand, and how far each of them is. */
export function FileList({ items, chosen, open, onChoose, onRemove }: Props) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const state = (item: Item) => {
    if (item.phase === "uploading") return <Chip>{t("file.uploading", { share: formatShare(item.sent, lang, 0) })}</Chip>;
    if (item.phase === "detecting") return <Chip>{t("file.detecting")}</Chip>;
    if (item.phase === "loading") return <Chip tone="accent">{t("file.loading")}</Chip>;
    if (item.phase === "done") return <Chip tone="good">{t("file.done")}</Chip>;
    if (item.error !== undefined || item.load?.state === "failed") return <Chip tone="bad">{t("file.failed")}</Chip>;
    return open(item) ? <Chip tone="watch">{t("file.open")}</Chip> : <Chip tone="accent">{t("file.ready")}</Chip>;
  };
  return (
    <ul className={own["files"]} aria-label={t("file.list")}>
      {items.map((item) => (
        <li key={item.id} data-chosen={item.id === chosen || undefined}>
          <button type="button" aria-pressed={item.id === chosen} onClick={() => onChoose(item.id)}>
            <strong>{item.file.name}</strong>
            <span>
              <small className={styles["muted"]}>{formatBytes(item.file.size, lang)}</small> {state(item)}
            </span>
            {item.phase === "uploading" && <progress className={styles["progress"]} max={1} value={item.sent} aria-label={t("file.uploading", { share: formatShare(item.sent, lang, 0) })} />}
          </button>
          {item.phase !== "loading" && <IconButton small icon="close" label={item.phase === "uploading" ? t("file.cancel", { name: item.file.name }) : t("file.remove", { name: item.file.name })} onClick={() => onRemove(item)} />}
        </li>
      ))}
    </ul>
  );
}
