import { useId, useState, type ReactNode } from "react";
import { createPortal } from "react-dom";
import styles from "./layer.module.css";

/** Shows a few words on hover and on focus. Without text the children stand alone. */
export function Tooltip({ text, children, focusable = false }: { text: ReactNode; children: ReactNode; focusable?: boolean }) {
  const id = useId();
  const [at, setAt] = useState<{ x: number; y: number; below: boolean } | null>(null);
  if (text === undefined || text === null || text === "") return <>{children}</>;

  const show = (element: HTMLElement) => {
    const box = element.getBoundingClientRect();
    const below = box.top < 80;
    const x = Math.min(Math.max(box.left + box.width / 2, 168), window.innerWidth - 168);
    setAt({ x: window.innerWidth < 360 ? window.innerWidth / 2 : x, y: below ? box.bottom + 6 : box.top - 6, below });
  };
  const hide = () => setAt(null);

  return (
    // The wrapper only listens; what it wraps is the control, unless asked to be one.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-static-element-interactions
    <span className={styles["tipAnchor"]} aria-describedby={at === null ? undefined : id} tabIndex={focusable ? 0 : undefined} onMouseEnter={(e) => show(e.currentTarget)} onMouseLeave={hide} onFocus={(e) => show(e.currentTarget)} onBlur={hide}>
      {children}
      {at !== null &&
        createPortal(
          <span role="tooltip" id={id} className={styles["tip"]} style={{ left: at.x, top: at.y, transform: `translate(-50%, ${at.below ? "0" : "-100%"})` }}>
            {text}
          </span>,
          // A modal dialog is above the body; the tip belongs beside what it explains.
          document.querySelector("dialog[open]") ?? document.body,
        )}
    </span>
  );
}
