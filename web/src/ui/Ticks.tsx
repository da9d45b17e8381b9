import type { ReactNode } from "react";
import styles from "./field.module.css";

/** Some checkboxes that belong together, in columns. */
export function Ticks({ label, children }: { label: string; children: ReactNode }) {
  return (
    <fieldset className={styles["ticks"]}>
      <legend>{label}</legend>
      {children}
    </fieldset>
  );
}
