import { useTranslation } from "react-i18next";
import type { ColumnSpec } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Checkbox, SelectField, Ticks } from "@/ui";
import type { Draft } from "./draft";
import form from "./form.module.css";
import styles from "./metrics.module.css";

interface Props {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  columns: readonly ColumnSpec[];
  error: string | undefined;
}

/** A stock or balance: not added up over days, but taken at the end of each period. */
export function LevelPart({ draft, change, columns, error }: Props) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const { level, levelBy } = draft;
  const toggle = (name: string, on: boolean) => change({ levelBy: on ? [...levelBy, name] : levelBy.filter((n) => n !== name) });
  return (
    <div className={styles["stack"]}>
      <div className={form["line"]}>
        <SelectField
          label={t("level.label")}
          hint={level === "" ? t("level.hint") : undefined}
          error={error}
          value={level}
          onChange={(e) => change({ level: e.target.value === "last" || e.target.value === "first" ? e.target.value : "", levelBy: e.target.value === "" ? [] : levelBy })}
          options={(["", "last", "first"] as const).map((l) => ({ value: l, label: t(`level.take.${l || "none"}`) }))}
        />
      </div>
      {level !== "" && (
        <Ticks label={t("level.by")}>
          {columns
            .filter((c) => c.type === "string" || c.type === "integer")
            .map((c) => (
              <Checkbox key={c.name} label={pick(c.title, c.name)} checked={levelBy.includes(c.name)} onChange={(e) => toggle(c.name, e.target.checked)} />
            ))}
        </Ticks>
      )}
    </div>
  );
}
