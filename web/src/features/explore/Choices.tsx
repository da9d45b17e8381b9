import styles from "./explore.module.css";

/** A short list to choose one of. */
export function Choices({ options, value, onChoose }: { options: readonly { value: string; label: string }[]; value: string; onChoose: (value: string) => void }) {
  return (
    <ul className={styles["choices"]}>
      {options.map((o) => (
        <li key={o.value}>
          <button type="button" aria-pressed={o.value === value} onClick={() => onChoose(o.value)}>
            {o.label}
          </button>
        </li>
      ))}
    </ul>
  );
}
