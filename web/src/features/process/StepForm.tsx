import { useTranslation } from "react-i18next";
import type { StepSpec, Text } from "@/api/types";
import { PickedField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { Button, IconButton, TextField, type PickerOption } from "@/ui";
import styles from "./process.module.css";

interface Props {
  value: StepSpec;
  /** Which step it is, from 0. */
  at: number;
  /** What it is called unless somebody writes a name. */
  proposed: string;
  choices: Record<"metrics" | "events", readonly PickerOption[]>;
  errorAt: (path: string) => string | undefined;
  onChange: (value: StepSpec) => void;
  onUp: () => void;
  onRemove: () => void;
}

const texts = ["title", "stage", "who", "does"] as const;
const langs = [
  { key: "zh", name: "Zh", lang: "zh-CN" },
  { key: "en", name: "En", lang: "en" },
] as const;
const examples = { title: "", stage: "stageExample", who: "", does: "doesExample" } as const;

/** One step: what it is called, who does what, and what shows how well. */
export function StepForm({ value, at, proposed, choices, errorAt, onChange, onUp, onRemove }: Props) {
  const { t } = useTranslation("process");
  const { lang: ours, pick } = useText();
  const path = `spec.steps[${at}]`;
  const set = (part: Partial<StepSpec>) => onChange({ ...value, ...part });
  const write = (key: (typeof texts)[number], lang: keyof Text, typed: string) => {
    const next = { ...value[key], [lang]: typed || undefined };
    set({ [key]: next.zh === undefined && next.en === undefined ? undefined : next });
  };
  const name = pick(value.title, t("form.unnamed"));
  return (
    <fieldset className={styles["item"]}>
      <legend className="sr-only">{t("form.step", { n: at + 1, name })}</legend>
      <p className={styles["head"]}>
        <strong>{t("form.step", { n: at + 1, name })}</strong>
        <span className={styles["chips"]}>
          {at > 0 && <IconButton small icon="up" label={t("form.up", { name })} onClick={onUp} />}
          <Button small variant="ghost" icon="trash" onClick={onRemove}>
            {t("form.remove")}
          </Button>
        </span>
      </p>
      <div className={styles["fields"]}>
        {texts.flatMap((key) =>
          langs.map(({ key: k, name: suffix, lang }) => (
            <TextField
              key={key + k}
              label={t(`form.${key}${suffix}`)}
              lang={lang}
              placeholder={examples[key] === "" || !ours.startsWith(k) ? undefined : t(`form.${examples[key]}`)}
              value={value[key]?.[k] ?? ""}
              onChange={(e) => write(key, k, e.target.value)}
            />
          )),
        )}
        <PickedField label={t("form.metrics")} error={errorAt(`${path}.metrics`)} options={choices.metrics} value={value.metrics} onChange={(metrics) => set({ metrics })} />
        <PickedField label={t("form.events")} error={errorAt(`${path}.events`)} options={choices.events} value={value.events} onChange={(events) => set({ events })} />
        <TextField mono label={t("form.name")} hint={t("form.nameHint", { name: proposed })} error={errorAt(`${path}.name`)} value={value.name} onChange={(e) => set({ name: e.target.value.trim() })} />
      </div>
    </fieldset>
  );
}
