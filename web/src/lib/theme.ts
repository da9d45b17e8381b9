import { useSyncExternalStore } from "react";
import { remember, remembered } from "./storage";

export type Theme = "auto" | "light" | "dark";

const listeners = new Set<() => void>();

function read(): Theme {
  const stored = remembered("theme");
  return stored === "light" || stored === "dark" ? stored : "auto";
}

let theme: Theme = read();

function apply(): void {
  const root = document.documentElement;
  if (theme === "auto") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
}

/** Puts the remembered theme on the page; call once before the first render. */
export function startTheme(): void {
  apply();
}

export function setTheme(next: Theme): void {
  theme = next;
  remember("theme", next === "auto" ? null : next);
  apply();
  for (const listener of listeners) listener();
}

/** Swaps the hues of good and bad, as markets in China show a rise in red. */
export function setRedUp(redUp: boolean): void {
  if (redUp) document.documentElement.dataset["redUp"] = "";
  else delete document.documentElement.dataset["redUp"];
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}

/** Whether the page is dark now, for libraries that need to be told. */
export function useDark(): boolean {
  const chosen = useTheme();
  const system = useMedia("(prefers-color-scheme: dark)");
  return chosen === "dark" || (chosen === "auto" && system);
}

/** Whether the screen is as narrow as a phone's. */
export const usePhone = () => useMedia("(max-width: 639px)");

/** Follows a media query. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const list = window.matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    () => window.matchMedia(query).matches,
  );
}
