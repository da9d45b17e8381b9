import { useSyncExternalStore } from "react";
import { remember, remembered } from "@/lib/storage";

// Which metrics a person follows, on this device.

const listeners = new Set<() => void>();
let known: ReadonlySet<string> | null = null;

function read(): ReadonlySet<string> {
  if (known !== null) return known;
  let names: unknown;
  try {
    names = JSON.parse(remembered("following") ?? "[]");
  } catch {
    names = [];
  }
  known = new Set(Array.isArray(names) ? names.filter((n): n is string => typeof n === "string") : []);
  return known;
}

export function useFollowing(): [ReadonlySet<string>, (name: string) => void] {
  const following = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
  const toggle = (name: string) => {
    const next = new Set(following);
    if (!next.delete(name)) next.add(name);
    known = next;
    remember("following", JSON.stringify([...next]));
    for (const listener of listeners) listener();
  };
  return [following, toggle];
}
