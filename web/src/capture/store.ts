// What this script remembers in a browser. Where storage is refused it remembers
// as long as the page lives.

export interface Store {
  get(key: string): string | null;
  set(key: string, value: string | null): void;
  keys(): string[];
}

const prefix = "lodestar.";

export function browserStore(): Store {
  const memory = new Map<string, string>();
  const guarded = <T>(of: (s: Storage) => T, otherwise: T): T => {
    try {
      return of(window.localStorage);
    } catch {
      return otherwise; // blocked, or full: memory has it
    }
  };
  return {
    get: (key) => memory.get(key) ?? guarded((s) => s.getItem(prefix + key), null),
    set(key, value) {
      if (value === null) memory.delete(key);
      else memory.set(key, value);
      guarded((s) => (value === null ? s.removeItem(prefix + key) : s.setItem(prefix + key, value)), undefined);
    },
    keys: () => [...new Set([...memory.keys(), ...guarded((s) => Object.keys(s).filter((k) => k.startsWith(prefix)).map((k) => k.slice(prefix.length)), [])])],
  };
}
