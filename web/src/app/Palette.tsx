import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useSearch } from "@/api/hooks";
import type { SearchHit } from "@/api/types";
import { useText } from "@/i18n/useText";
import { datasetPath } from "@/lib/place";
import { cx, Dialog, Icon, Input, type IconName } from "@/ui";
import { useCan } from "./session";
import { sections } from "./Shell";
import styles from "./palette.module.css";

interface Entry {
  key: string;
  group: string;
  label: string;
  detail: string;
  icon: IconName;
  to: string;
}

function addressOf(hit: SearchHit): string {
  const name = encodeURIComponent(hit.name);
  switch (hit.kind) {
    case "Metric":
      return `/metrics/${name}`;
    case "Dataset":
      return datasetPath(hit.name);
    case "Tree":
      return `/trees/${name}`;
    case "Target":
      return `/targets/${name}`;
    case "Connection":
      return `/data/connections/${name}`;
    case "Entity":
      return `/data/entities/${name}`;
    case "Event":
      return `/data/events/${name}`;
    case "Process":
      return `/data/processes/${name}`;
    case "Rollup":
      return "/data";
    case "Test":
      return "/metrics";
    case "Calendar":
    case "Workspace":
      return "/admin?tab=settings";
  }
}

/** Finds pages, actions and definitions; opened with Ctrl/⌘ K or "/". */
export function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { pick } = useText();
  const navigate = useNavigate();
  const editor = useCan("editor");
  const admin = useCan("admin");
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const found = useSearch(useDeferredValue(typed));

  const entries = useMemo(() => {
    const matches = (label: string) => label.toLowerCase().includes(typed.trim().toLowerCase());
    const pages: Entry[] = sections
      .filter((s) => s.key !== "admin" || admin)
      .map((s) => ({ key: s.path, group: t("palette.pages"), label: t(`nav.${s.key}`), detail: "", icon: s.icon, to: s.path }));
    const actions: Entry[] = editor
      ? [
          { key: "tree", group: t("palette.actions"), label: t("palette.newTree"), detail: "", icon: "tree", to: "/trees/new-tree" },
          { key: "target", group: t("palette.actions"), label: t("palette.newTarget"), detail: "", icon: "target", to: "/targets/new-target" },
          { key: "process", group: t("palette.actions"), label: t("palette.newProcess"), detail: "", icon: "list", to: "/data/new-process" },
          { key: "upload", group: t("palette.actions"), label: t("palette.upload"), detail: "", icon: "upload", to: "/data/upload" },
        ]
      : [];
    const hits: Entry[] = (typed.trim() === "" ? [] : (found.data ?? [])).map((hit) => ({
      key: `${hit.kind}/${hit.name}`,
      group: t("palette.results"),
      label: pick(hit.title, hit.name),
      detail: `${t(`kind.${hit.kind}`)} · ${hit.name}`,
      icon: hit.kind === "Metric" ? "metrics" : hit.kind === "Dataset" ? "data" : hit.kind === "Tree" ? "tree" : hit.kind === "Target" ? "target" : hit.kind === "Process" ? "list" : "admin",
      to: addressOf(hit),
    }));
    return [...hits, ...[...pages, ...actions].filter((e) => matches(e.label))];
  }, [typed, found.data, editor, admin, t, pick]);

  useEffect(() => {
    document.getElementById(`palette-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const open = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    void navigate(entry.to);
  };

  return (
    <Dialog title={t("palette.title")} onClose={onClose}>
      <Input
        autoFocus
        role="combobox"
        aria-label={t("palette.placeholder")}
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={entries[active] === undefined ? undefined : `palette-${active}`}
        placeholder={t("palette.placeholder")}
        value={typed}
        onChange={(e) => {
          setTyped(e.target.value);
          setActive(0);
        }}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown" || e.key === "ArrowUp") {
            e.preventDefault();
            setActive(Math.max(0, Math.min(entries.length - 1, active + (e.key === "ArrowDown" ? 1 : -1))));
          } else if (e.key === "Enter") {
            e.preventDefault();
            open(entries[active]);
          }
        }}
      />
      <ul id="palette-list" role="listbox" aria-label={t("palette.title")} className={styles["list"]}>
        {entries.map((entry, i) => (
          // The input keeps the focus, and with it the keyboard.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li key={entry.key} id={`palette-${i}`} role="option" aria-selected={i === active} className={cx(styles["entry"], i === active && styles["active"])} onMouseMove={() => setActive(i)} onClick={() => open(entry)}>
            <Icon name={entry.icon} size={18} />
            <span>{entry.label}</span>
            <small>{entry.detail || entry.group}</small>
          </li>
        ))}
        {entries.length === 0 && <li className={styles["none"]}>{t("nothingFound")}</li>}
      </ul>
      <p className={styles["hint"]}>{t("palette.hint")}</p>
    </Dialog>
  );
}
