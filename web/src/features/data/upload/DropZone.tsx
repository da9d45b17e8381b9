import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx, Icon } from "@/ui";
import { accepted } from "../upload";
import own from "./upload.module.css";

/** Takes files by drop or by choice. */
export function DropZone({ small, onFiles }: { small: boolean; onFiles: (files: File[]) => void }) {
  const { t } = useTranslation("data");
  const id = useId();
  const [over, setOver] = useState(false);
  return (
    // The drop is an addition for the pointer; the input inside serves every hand.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div
      className={cx(own["drop"], small && own["dropSmall"])}
      data-over={over || undefined}
      onDragOver={(e) => {
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        onFiles([...e.dataTransfer.files]);
      }}
    >
      <input
        id={id}
        className={own["file"]}
        type="file"
        multiple
        accept={accepted}
        onChange={(e) => {
          onFiles([...(e.target.files ?? [])]);
          e.target.value = ""; // the same file may be chosen again
        }}
      />
      <label htmlFor={id}>
        <Icon name="upload" size={small ? 20 : 28} />
        <strong>{small ? t("upload.more") : t("upload.drop")}</strong>
        <span>{t("upload.kinds")}</span>
      </label>
    </div>
  );
}
