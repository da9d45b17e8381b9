import type { HTMLAttributes, ReactNode } from "react";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";
import styles from "./surface.module.css";

/** The frame of every page. */
export function Page({ children, narrow }: { children: ReactNode; narrow?: boolean }) {
  return <div className={cx(styles["page"], narrow && styles["narrow"])}>{children}</div>;
}

export function PageHead({ title, lead, actions }: { title: ReactNode; lead?: ReactNode; actions?: ReactNode }) {
  return (
    <header className={styles["pageHead"]}>
      <div>
        <h1>{title}</h1>
        {lead !== undefined && <p>{lead}</p>}
      </div>
      {actions !== undefined && <div className={styles["actions"]}>{actions}</div>}
    </header>
  );
}

export function Card({ title, actions, children, className, ...rest }: { title?: ReactNode; actions?: ReactNode } & Omit<HTMLAttributes<HTMLElement>, "title">) {
  return (
    <section className={cx(styles["card"], className)} {...rest}>
      {(title !== undefined || actions !== undefined) && (
        <div className={styles["cardHead"]}>
          {title !== undefined && <h2>{title}</h2>}
          {actions !== undefined && <div className={styles["actions"]}>{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

export type Tone = "neutral" | "good" | "watch" | "bad" | "accent";

const signs: Partial<Record<Tone, string>> = { good: "●", watch: "◆", bad: "■" };

/** A short word on a coloured ground; judgement tones carry a shape too. */
export function Chip({ tone = "neutral", big, icon, children }: { tone?: Tone; big?: boolean; icon?: IconName; children: ReactNode }) {
  const sign = signs[tone];
  return (
    <span className={cx(styles["chip"], big && styles["chipBig"])} data-tone={tone}>
      {icon !== undefined ? <Icon name={icon} size={14} /> : sign !== undefined && <span aria-hidden="true">{sign}</span>}
      {children}
    </span>
  );
}

export function Notice({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return (
    <div className={styles["notice"]} data-tone={tone} role={tone === "bad" ? "alert" : undefined}>
      <Icon name={tone === "bad" || tone === "watch" ? "alert" : "info"} size={18} />
      <div>{children}</div>
    </div>
  );
}
