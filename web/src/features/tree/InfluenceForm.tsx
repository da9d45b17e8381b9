import { useTranslation } from "react-i18next";
import type { Grain, InfluenceSpec } from "@/api/types";
import { Button, Picker, SelectField, TextField, type PickerOption } from "@/ui";
import { parseLag, printLag } from "./rule";
import styles from "./editor.module.css";

interface Props {
  value: InfluenceSpec;
  period: Grain;
  metrics: readonly PickerOption[];
  onChange: (value: InfluenceSpec) => void;
  onRemove: () => void;
}

/** One metric that is believed to move another. */
export function InfluenceForm({ value, period, metrics, onChange, onRemove }: Props) {
  const { t } = useTranslation("tree");
  const lag = parseLag(value.lag);
  return (
    <fieldset className={styles["item"]}>
      <legend className="sr-only">{t("influence")}</legend>
      <div className={styles["fields"]}>
        <Picker label={t("from")} options={metrics} value={value.from} onChange={(from) => onChange({ ...value, from })} />
        <Picker label={t("to")} options={metrics} value={value.to} onChange={(to) => onChange({ ...value, to })} />
        <TextField label={t("lag", { period: t(`grain.${lag.grain === "" ? period : lag.grain}`) })} type="number" min={0} max={52} value={lag.count} onChange={(e) => onChange({ ...value, lag: printLag(e.target.value, lag.grain || period) || undefined })} />
        <SelectField
          label={t("sign.label")}
          value={value.sign ?? ""}
          onChange={(e) => onChange({ ...value, sign: e.target.value === "+" || e.target.value === "-" ? e.target.value : undefined })}
          options={[
            { value: "+", label: t("sign.plus") },
            { value: "-", label: t("sign.minus") },
            { value: "", label: t("sign.open") },
          ]}
        />
      </div>
      <Button small variant="ghost" icon="trash" onClick={onRemove}>
        {t("remove")}
      </Button>
    </fieldset>
  );
}
