import { useId, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "./cx";
import field from "./field.module.css";
import styles from "./picker.module.css";

export interface PickerOption {
  value: string;
  label: string;
  /** Searched too, and shown small: the name, synonyms. */
  detail?: string;
  /** Why it cannot be chosen. */
  disabled?: string;
}

interface Props {
  label: string;
  hideLabel?: boolean;
  options: readonly PickerOption[];
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
}

/** A choice out of many, found by typing. */
export function Picker({ label, hideLabel, options, value, onChange, placeholder }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState<string | null>(null); // null: closed
  const [active, setActive] = useState(0);
  const chosen = options.find((o) => o.value === value);
  const found = useMemo(() => {
    const words = (typed ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const found = options.filter((o) => words.every((w) => `${o.label} ${o.value} ${o.detail ?? ""}`.toLowerCase().includes(w)));
    // What was typed in full comes before what only contains it, so that Enter takes it.
    const whole = words.join(" ");
    const rank = (o: PickerOption) => (o.value.toLowerCase() === whole || o.label.toLowerCase() === whole ? 0 : o.label.toLowerCase().startsWith(whole) ? 1 : 2);
    return (whole === "" ? found : found.toSorted((a, b) => rank(a) - rank(b))).slice(0, 60);
  }, [options, typed]);
  const open = typed !== null;

  const choose = (option: PickerOption | undefined) => {
    if (option === undefined || option.disabled !== undefined) return;
    onChange(option.value);
    setTyped(null);
  };

  return (
    <div className={field["field"]}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : field["label"]}>
        {label}
      </label>
      <div className={styles["anchor"]}>
        <input
          ref={input}
          id={id}
          className={field["input"]}
          role="combobox"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={open && found[active] !== undefined ? `${id}-${active}` : undefined}
          autoComplete="off"
          placeholder={placeholder ?? t("choose")}
          value={typed ?? chosen?.label ?? value}
          onFocus={(e) => e.currentTarget.select()}
          onClick={() => !open && setTyped("")}
          onChange={(e) => {
            setTyped(e.target.value);
            setActive(0);
          }}
          onBlur={() => setTyped(null)}
          onKeyDown={(e) => {
            if (e.key === "ArrowDown" || e.key === "ArrowUp") {
              e.preventDefault();
              if (!open) setTyped("");
              else setActive((at) => Math.max(0, Math.min(found.length - 1, at + (e.key === "ArrowDown" ? 1 : -1))));
            } else if (e.key === "Enter" && open) {
              e.preventDefault();
              choose(found[active]);
            } else if (e.key === "Escape" && open) {
              e.preventDefault();
              e.stopPropagation();
              setTyped(null);
            }
          }}
        />
        {open && (
          <ul role="listbox" id={`${id}-list`} aria-label={label} className={styles["list"]}>
            {found.map((o, i) => (
              // The input keeps the focus, and with it the keyboard.
              // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
              <li
                key={o.value}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === active}
                aria-disabled={o.disabled !== undefined}
                title={o.disabled}
                className={cx(styles["option"], i === active && styles["active"])}
                onMouseDown={(e) => e.preventDefault()}
                onClick={() => choose(o)}
              >
                <span>{o.label}</span>
                {o.detail !== undefined && <small>{o.detail}</small>}
              </li>
            ))}
            {found.length === 0 && <li className={styles["none"]}>{t("nothingFound")}</li>}
          </ul>
        )}
      </div>
    </div>
  );
}
