import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { Checkbox, Notice, Picker, SelectField } from "@/ui";
import styles from "../data.module.css";
import type { Detection } from "../types";
import { hasNaiveTimes, type Draft } from "./draft";
import sheet from "./upload.module.css";

const zones: string[] = Intl.supportedValuesOf("timeZone");

/** What identifies a row, which time counts, and what zone bare times are in. */
export function KeyTime({ found, draft, onChange }: { found: Detection; draft: Draft; onChange: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const names = found.columns.map((c) => c.name);
  const candidates = (found.key ?? []).map((k) => ({ at: k.columns.map((name) => names.indexOf(name)), rows: k.rows }));
  const known = candidates.findIndex((c) => c.at.join() === draft.key.join());
  const [own, setOwn] = useState(draft.key.length > 0 && known < 0);
  const label = (i: number) => pick(draft.columns[i]?.title, draft.columns[i]?.name ?? "");
  const times = draft.columns.map((c, i) => ({ c, i })).filter(({ c }) => !c.leaveOut && (c.type === "date" || c.type === "timestamp"));
  const leftOut = draft.key.some((i) => draft.columns[i]?.leaveOut);
  return (
    <div className={styles["stack"]}>
      <div className={styles["fields"]}>
        <SelectField
          label={t("key.label")}
          hint={known >= 0 && !own ? t("key.evidence", { name: (candidates[known]?.at ?? []).map(label).join(" + "), count: candidates[known]?.rows ?? 0 }) : t("key.hint")}
          error={leftOut ? t("key.leftOut") : undefined}
          value={own ? "own" : draft.key.length === 0 ? "none" : String(known)}
          onChange={(e) => {
            setOwn(e.target.value === "own");
            if (e.target.value !== "own") onChange({ key: candidates[Number(e.target.value)]?.at ?? [] });
          }}
          options={[...candidates.map((c, i) => ({ value: String(i), label: `${c.at.map(label).join(" + ")} — ${t("key.unique", { count: c.rows })}` })), { value: "own", label: t("key.own") }, { value: "none", label: t("key.none") }]}
        />
        <SelectField
          label={t("time.label")}
          hint={times.length === 0 ? t("time.noneHint") : t("time.hint")}
          value={draft.time === null ? "" : String(draft.time)}
          onChange={(e) => onChange({ time: e.target.value === "" ? null : Number(e.target.value) })}
          options={[...times.map(({ i }) => ({ value: String(i), label: label(i) })), { value: "", label: t("time.none") }]}
        />
      </div>
      {own && (
        <fieldset className={sheet["checks"]}>
          <legend>{t("key.pick")}</legend>
          {draft.columns.map((c, i) => c.leaveOut || <Checkbox key={i} label={label(i)} checked={draft.key.includes(i)} onChange={(e) => onChange({ key: e.target.checked ? [...draft.key, i].toSorted((a, b) => a - b) : draft.key.filter((k) => k !== i) })} />)}
        </fieldset>
      )}
      {hasNaiveTimes(draft, found) && (
        <>
          <Notice>{t("zone.why")}</Notice>
          <div className={styles["fields"]}>
            <Picker label={t("zone.label")} options={zones.map((z) => ({ value: z, label: z.replaceAll("_", " "), detail: z }))} value={draft.zone} onChange={(zone) => onChange({ zone })} />
          </div>
        </>
      )}
    </div>
  );
}
