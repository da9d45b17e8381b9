import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link, type LinkProps } from "react-router";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";
import styles from "./button.module.css";

type Variant = "primary" | "default" | "ghost" | "danger";

interface Look {
  variant?: Variant;
  small?: boolean;
  icon?: IconName;
}

function classOf({ variant = "default", small }: Look, extra?: string): string {
  return cx(styles["button"], variant !== "default" && styles[variant], small && styles["small"], extra);
}

export function Button({ variant, small, icon, className, children, busy, disabled, ...rest }: Look & { busy?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" className={classOf({ variant, small }, className)} disabled={disabled === true || busy === true} aria-busy={busy} {...rest}>
      {icon !== undefined && <Icon name={icon} size={16} />}
      {children}
    </button>
  );
}

/** A button of only an icon; the label is read out and shown on hover. */
export function IconButton({ icon, label, small, className, ...rest }: { icon: IconName; label: string; small?: boolean } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" aria-label={label} title={label} className={classOf({ variant: "ghost", small }, cx(styles["icon"], className))} {...rest}>
      <Icon name={icon} size={small ? 16 : 20} />
    </button>
  );
}

/** A link that looks like a button. */
export function LinkButton({ variant, small, icon, children, className, ...rest }: Look & { children: ReactNode } & LinkProps) {
  return (
    <Link className={classOf({ variant, small }, className)} {...rest}>
      {icon !== undefined && <Icon name={icon} size={16} />}
      {children}
    </Link>
  );
}
