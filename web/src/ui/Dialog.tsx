import { useLayoutEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import { cx } from "./cx";
import styles from "./layer.module.css";

interface Props {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}

function Layer({ title, onClose, children, footer, className }: Props & { className: string }) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (dialog === null || dialog.open) return;
    const before = document.activeElement;
    dialog.showModal();
    // The browser would choose the close button; people came to type.
    dialog.querySelector<HTMLElement>(`.${styles["body"]} :is(input, select, textarea)`)?.focus();
    // Before the dialog leaves the page: focus goes back to what opened it.
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    // Keyboard: Escape cancels; the press only serves the pointer.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      className={className}
      aria-labelledby="layer-title"
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onMouseDown={(e) => {
        // A press on the backdrop lands on the dialog element itself.
        if (e.target === e.currentTarget) onClose();
      }}
    >
      <div className={styles["head"]}>
        <h2 id="layer-title">{title}</h2>
        <IconButton icon="close" label={t("close")} onClick={onClose} />
      </div>
      <div className={styles["body"]}>{children}</div>
      {footer !== undefined && <div className={styles["foot"]}>{footer}</div>}
    </dialog>
  );
}

/** A dialog in the middle. Mount it to open it; focus is kept inside and given back. */
export function Dialog(props: Props) {
  return <Layer {...props} className={cx(styles["dialog"], props.wide && styles["wide"])} />;
}

/** A panel from the right edge. */
export function Drawer(props: Props) {
  return <Layer {...props} className={cx(styles["dialog"], styles["drawer"])} />;
}
