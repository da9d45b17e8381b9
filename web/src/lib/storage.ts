// What a browser remembers of a person: language, theme, what was dismissed.
// A browser that forbids storage simply forgets.

const prefix = "lodestar.";

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(prefix + key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(prefix + key);
    else localStorage.setItem(prefix + key, value);
  } catch {
    // Private windows may refuse; the choice then lasts until the page closes.
  }
}
