import { useEffect, useSyncExternalStore } from "react";

let title = "";
const listeners = new Set<() => void>();

function set(next: string): void {
  title = next;
  for (const listener of listeners) listener();
}

/** Names the page: in the window's title and at the end of the breadcrumb. */
export function useTitle(name: string): void {
  useEffect(() => {
    set(name);
    document.title = name === "" ? "Lodestar 北辰" : `${name} · Lodestar 北辰`;
    return () => set("");
  }, [name]);
}

/** What the page calls itself. */
export function usePageTitle(): string {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => title,
  );
}
