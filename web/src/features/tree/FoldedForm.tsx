import { useTranslation } from "react-i18next";
import { IconButton, Picker, type PickerOption } from "@/ui";
import styles from "./editor.module.css";

interface Props {
  /** Names of the metrics whose branch starts folded. */
  value: readonly string[];
  metrics: readonly PickerOption[];
  onChange: (value: string[]) => void;
}

/** Which branches start folded, so that the tree opens on what matters. */
export function FoldedForm({ value, metrics, onChange }: Props) {
  const { t } = useTranslation("tree");
  const labelOf = (name: string) => metrics.find((m) => m.value === name)?.label ?? name;
  return (
    <>
      {value.length > 0 && (
        <ul className={styles["folded"]}>
          {value.map((name) => (
            <li key={name}>
              {labelOf(name)}
              <IconButton small icon="close" label={t("folded.remove", { name: labelOf(name) })} onClick={() => onChange(value.filter((n) => n !== name))} />
            </li>
          ))}
        </ul>
      )}
      <div className={styles["fields"]}>
        <Picker key={value.length} label={t("folded.add")} options={metrics.filter((m) => !value.includes(m.value))} value="" onChange={(name) => onChange([...value, name])} />
      </div>
    </>
  );
}
