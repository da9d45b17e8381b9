import { useEffect, useRef, type ReactNode } from "react";
import { cx } from "./cx";
import styles from "./layer.module.css";

interface Props {
  /** Names what the panel is for. */
  label: string;
  open: boolean;
  onOpen: (open: boolean) => void;
  /** Draws the button; spread the props on it. */
  trigger: (props: { onClick: () => void; "aria-haspopup": "dialog"; "aria-expanded": boolean }) => ReactNode;
  align?: "start" | "end";
  children: ReactNode;
}

/** A small panel under a button, for editing a thing where it stands. Escape and a press outside close it. */
export function Popover({ label, open, onOpen, trigger, align = "start", children }: Props) {
  const anchor = useRef<HTMLSpanElement>(null);
  const panel = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return;
    const first = panel.current?.querySelector<HTMLElement>("input, select, textarea, button");
    (first ?? panel.current)?.focus();
    const onPress = (e: Event) => {
      if (e.target instanceof Node && anchor.current?.contains(e.target) !== true) onOpen(false);
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [open, onOpen]);

  // A panel that would leave the window on the right is pulled back.
  useEffect(() => {
    const element = panel.current;
    if (!open || element === null) return;
    element.style.translate = "";
    const over = element.getBoundingClientRect().right - (document.documentElement.clientWidth - 12);
    if (over > 0) element.style.translate = `${-over}px 0`;
  }, [open]);

  return (
    <span className={styles["anchor"]} ref={anchor}>
      {trigger({ onClick: () => onOpen(!open), "aria-haspopup": "dialog", "aria-expanded": open })}
      {open && (
        // Keyboard: Escape closes, as in a dialog.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
        <div
          role="dialog"
          aria-label={label}
          ref={panel}
          tabIndex={-1}
          className={cx(styles["menu"], styles["popover"], styles[align])}
          onKeyDown={(e) => {
            if (e.key !== "Escape" || e.defaultPrevented) return;
            e.stopPropagation();
            onOpen(false);
            anchor.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
          }}
        >
          {children}
        </div>
      )}
    </span>
  );
}
