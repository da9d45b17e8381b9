import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Grain } from "@/api/types";
import { addDays } from "@/lib/date";
import { Button, TextField } from "@/ui";
import { usualTime } from "./state";
import type { Words } from "./words";
import styles from "./explore.module.css";

const presets = ["last:7 day", "last:30 day", "last:13 week", "last:26 week", "last:13 month", "last:24 month", "last:8 quarter", "this:month", "to_date:quarter", "to_date:year", "last:5 year", "all"];

/** Ranges that are asked often, or two days. */
export function TimeEditor({ value, grain, words, onDone }: { value: string; grain: Grain | ""; words: Words; onDone: (time: string) => void }) {
  const { t } = useTranslation("explore");
  const own = /^(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})$/.exec(value);
  const [from, setFrom] = useState(own?.[1] ?? "");
  const [last, setLast] = useState(own?.[2] === undefined ? "" : addDays(own[2], -1));
  const now = value === "" ? usualTime(grain) : value;
  return (
    <div className={styles["editor"]}>
      <ul className={styles["choices"]}>
        {presets.map((preset) => (
          <li key={preset}>
            <button type="button" aria-pressed={preset === now} onClick={() => onDone(preset === usualTime(grain) ? "" : preset)}>
              {words.time(preset, grain)}
            </button>
          </li>
        ))}
      </ul>
      <form
        className={styles["editor"]}
        onSubmit={(e) => {
          e.preventDefault();
          onDone(`${from}..${addDays(last, 1)}`);
        }}
      >
        <div className={styles["pair"]}>
          <TextField label={t("time.from")} type="date" required value={from} max={last || undefined} onChange={(e) => setFrom(e.target.value)} />
          <TextField label={t("time.last")} type="date" required value={last} min={from || undefined} onChange={(e) => setLast(e.target.value)} />
        </div>
        <Button type="submit" small disabled={from === "" || last === "" || from > last}>
          {t("time.apply")}
        </Button>
      </form>
    </div>
  );
}
