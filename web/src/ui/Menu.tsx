import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { cx } from "./cx";
import { Icon, type IconName } from "./Icon";
import styles from "./layer.module.css";

export interface MenuItem {
  key: string;
  label: ReactNode;
  icon?: IconName;
  checked?: boolean;
  onSelect: () => void;
}

export interface MenuGroup {
  heading?: string;
  items: MenuItem[];
}

interface Props {
  /** Draws the button; spread the props on it. */
  trigger: (props: { onClick: () => void; "aria-haspopup": "menu"; "aria-expanded": boolean }) => ReactNode;
  groups: MenuGroup[];
  align?: "start" | "end";
}

/** A list of actions under a button. */
export function Menu({ trigger, groups, align = "end" }: Props) {
  const [open, setOpen] = useState(false);
  const anchor = useRef<HTMLSpanElement>(null);
  const list = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!open) return;
    list.current?.querySelector<HTMLElement>("[role^=menuitem]")?.focus();
    const onPress = (e: Event) => {
      if (e.target instanceof Node && anchor.current?.contains(e.target) !== true) setOpen(false);
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [open]);

  const close = () => {
    setOpen(false);
    anchor.current?.querySelector<HTMLElement>("[aria-haspopup]")?.focus();
  };

  const onKeyDown = (e: KeyboardEvent) => {
    if (e.key === "Escape") {
      e.stopPropagation();
      close();
      return;
    }
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    e.preventDefault();
    const items = [...(list.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
    const at = items.findIndex((item) => item === document.activeElement);
    items[(at + (e.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
  };

  return (
    <span className={styles["anchor"]} ref={anchor}>
      {trigger({ onClick: () => setOpen(!open), "aria-haspopup": "menu", "aria-expanded": open })}
      {open && (
        <div role="menu" ref={list} tabIndex={-1} className={cx(styles["menu"], styles[align])} onKeyDown={onKeyDown}>
          {groups.map((group, i) => (
            <div key={group.heading ?? i} role="group" aria-label={group.heading}>
              {group.heading !== undefined && <div className={styles["heading"]}>{group.heading}</div>}
              {group.items.map((item) => (
                <button
                  key={item.key}
                  type="button"
                  tabIndex={-1}
                  role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                  aria-checked={item.checked}
                  className={styles["item"]}
                  onClick={() => {
                    close();
                    item.onSelect();
                  }}
                >
                  {item.icon !== undefined && <Icon name={item.icon} size={16} />}
                  <span>{item.label}</span>
                  {item.checked === true && <Icon name="check" size={16} />}
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </span>
  );
}
