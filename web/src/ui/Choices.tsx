import { useId } from "react";
import styles from "./field.module.css";

export interface Choice<V extends string> {
  value: V;
  label: string;
  hint: string;
  /** Why it cannot be chosen; stands in place of the hint. */
  off?: string;
}

/** A few ways to go, each with a word on what it does. */
export function Choices<V extends string>({ label, error, value, options, onChange }: { label: string; error?: string; value: V | undefined; options: readonly Choice<V>[]; onChange: (value: V) => void }) {
  const name = useId();
  return (
    <fieldset className={styles["choices"]} aria-describedby={error === undefined ? undefined : `${name}-note`}>
      <legend>{label}</legend>
      {options.map((o) => (
        <label key={o.value} aria-label={o.label} data-off={o.off !== undefined || undefined}>
          <input type="radio" name={name} value={o.value} checked={value === o.value} disabled={o.off !== undefined} onChange={() => onChange(o.value)} />
          <span>
            <strong>{o.label}</strong>
            <small>{o.off ?? o.hint}</small>
          </span>
        </label>
      ))}
      {error !== undefined && (
        <span id={`${name}-note`} className={styles["error"]}>
          {error}
        </span>
      )}
    </fieldset>
  );
}
