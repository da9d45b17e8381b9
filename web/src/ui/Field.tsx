import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes } from "react";
import { cx } from "./cx";
import styles from "./field.module.css";

interface Labelled {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
}

interface Wired {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

/** A label above any control, with a hint or what is wrong below it. */
export function Field({ label, hint, error, children }: Labelled & { children: (wired: Wired) => ReactNode }) {
  const id = useId();
  const note = error ?? hint;
  const described = note === undefined || note === "" ? undefined : `${id}-note`;
  return (
    <div className={styles["field"]}>
      <label className={styles["label"]} htmlFor={id}>
        {label}
      </label>
      {children({ id, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {described !== undefined && (
        <span id={described} className={error ? styles["error"] : styles["hint"]}>
          {note}
        </span>
      )}
    </div>
  );
}

export function TextField({ label, hint, error, mono, className, ...rest }: Labelled & { mono?: boolean } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => <input className={cx(styles["input"], mono && styles["mono"], className)} {...wired} {...rest} />}
    </Field>
  );
}

export function TextAreaField({ label, hint, error, mono, className, ...rest }: Labelled & { mono?: boolean } & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => <textarea className={cx(styles["input"], mono && styles["mono"], className)} {...wired} {...rest} />}
    </Field>
  );
}

export interface Option {
  value: string;
  label: string;
  disabled?: boolean;
}

export function SelectField({ label, hint, error, options, className, ...rest }: Labelled & { options: readonly Option[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <Field label={label} hint={hint} error={error}>
      {(wired) => (
        <select className={cx(styles["input"], className)} {...wired} {...rest}>
          {options.map((o) => (
            <option key={o.value} value={o.value} disabled={o.disabled}>
              {o.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** Bare controls, for tables and toolbars; give them an aria-label. */
export function Input({ className, mono, ...rest }: { mono?: boolean } & InputHTMLAttributes<HTMLInputElement>) {
  return <input className={cx(styles["input"], mono && styles["mono"], className)} {...rest} />;
}

export function Select({ options, className, ...rest }: { options: readonly Option[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <select className={cx(styles["input"], className)} {...rest}>
      {options.map((o) => (
        <option key={o.value} value={o.value} disabled={o.disabled}>
          {o.label}
        </option>
      ))}
    </select>
  );
}

export function Checkbox({ label, ...rest }: { label: ReactNode } & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <label className={styles["check"]}>
      <input type="checkbox" {...rest} />
      <span>{label}</span>
    </label>
  );
}

/** A few choices side by side, one of them chosen. Arrow keys move the choice. */
export function Segmented<V extends string>({ label, options, value, onChange }: { label: string; options: readonly { value: V; label: ReactNode }[]; value: V; onChange: (value: V) => void }) {
  return (
    <div
      role="radiogroup"
      tabIndex={-1}
      aria-label={label}
      className={styles["segmented"]}
      onKeyDown={(e) => {
        const step = e.key === "ArrowRight" || e.key === "ArrowDown" ? 1 : e.key === "ArrowLeft" || e.key === "ArrowUp" ? -1 : 0;
        if (step === 0) return;
        e.preventDefault();
        const at = options.findIndex((o) => o.value === value);
        const next = options[(at + step + options.length) % options.length];
        if (next === undefined) return;
        onChange(next.value);
        const buttons = e.currentTarget.querySelectorAll("button");
        buttons[options.indexOf(next)]?.focus();
      }}
    >
      {options.map((o) => (
        <button key={o.value} type="button" role="radio" aria-checked={o.value === value} tabIndex={o.value === value ? 0 : -1} onClick={() => onChange(o.value)}>
          {o.label}
        </button>
      ))}
    </div>
  );
}
