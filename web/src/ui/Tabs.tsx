import { useEffect, useRef, type ReactNode } from "react";
import styles from "./surface.module.css";

export interface Tab<K extends string> {
  key: K;
  label: ReactNode;
}

/** A row of tabs; the panel below is the caller's, wrapped in TabPanel. */
export function Tabs<K extends string>({ label, tabs, value, onChange }: { label: string; tabs: readonly Tab<K>[]; value: K; onChange: (key: K) => void }) {
  const list = useRef<HTMLDivElement>(null);
  // On a phone the row is wider than the screen: the chosen tab has to be in sight.
  useEffect(() => {
    const row = list.current;
    const chosen = row?.querySelector<HTMLElement>('[aria-selected="true"]');
    if (!row || !chosen) return;
    const [from, to] = [chosen.offsetLeft - row.offsetLeft, chosen.offsetLeft - row.offsetLeft + chosen.offsetWidth];
    if (from < row.scrollLeft) row.scrollLeft = from - 24;
    else if (to > row.scrollLeft + row.clientWidth) row.scrollLeft = to - row.clientWidth + 24;
  }, [value]);
  return (
    <div
      ref={list}
      role="tablist"
      tabIndex={-1}
      aria-label={label}
      className={styles["tabs"]}
      onKeyDown={(e) => {
        const step = e.key === "ArrowRight" ? 1 : e.key === "ArrowLeft" ? -1 : 0;
        if (step === 0) return;
        e.preventDefault();
        const at = tabs.findIndex((tab) => tab.key === value);
        const to = (at + step + tabs.length) % tabs.length;
        const tab = tabs[to];
        if (tab === undefined) return;
        onChange(tab.key);
        list.current?.querySelectorAll("button")[to]?.focus();
      }}
    >
      {tabs.map((tab) => (
        <button key={tab.key} type="button" role="tab" id={`tab-${tab.key}`} aria-controls={`panel-${tab.key}`} aria-selected={tab.key === value} tabIndex={tab.key === value ? 0 : -1} onClick={() => onChange(tab.key)}>
          {tab.label}
        </button>
      ))}
    </div>
  );
}

export function TabPanel({ id, children }: { id: string; children: ReactNode }) {
  return (
    <div role="tabpanel" id={`panel-${id}`} aria-labelledby={`tab-${id}`} className={styles["panel"]}>
      {children}
    </div>
  );
}
