// Where the cursor of a formula stands, seen from the text before it.

/** What can be written at the cursor. */
export type Place =
  /** A name or word; `path` are the relationships before it. */
  | { kind: "name"; path: string[]; typed: string; from: number }
  /** The text of a value that is compared with a dimension. */
  | { kind: "value"; of: string; typed: string; from: number };

const part = "(?:[\\p{L}_][\\p{L}\\p{N}\\p{M}_]*|`(?:[^`]|``)*`)";
const name = new RegExp(`((?:${part}\\s*\\.\\s*)*)([\\p{L}_][\\p{L}\\p{N}\\p{M}_]*)?$`, "u");
const text = "'(?:[^']|'')*'";
const compared = new RegExp(`(${part}(?:\\.${part})*)\\s*(?:=|<>|!=|(?:not\\s+)?like|(?:not\\s+)?in\\s*\\((?:\\s*${text}\\s*,)*)\\s*$`, "iu");

/** Where an open quotation begins, or -1. */
function openQuote(before: string): number {
  let open = -1;
  let quote = "";
  for (let i = 0; i < before.length; i++) {
    const c = before[i] ?? "";
    if (open < 0 && (c === "'" || c === "`")) [open, quote] = [i, c];
    else if (open >= 0 && c === quote) open = -1; // a doubled quote opens again at once
  }
  return quote === "'" ? open : -1;
}

/** A part of a path as it is called, without backquotes. */
const plain = (written: string) => (written.startsWith("`") ? written.slice(1, -1).replaceAll("``", "`") : written);

/** What can be written at the cursor; null where nothing can be offered. */
export function placeAt(source: string, cursor: number): Place | null {
  const before = source.slice(0, cursor);
  // A doubled quote inside of a text closes and opens: the text begins at the first.
  const quote = openQuote(before.replaceAll("''", "\u0000\u0000"));
  if (quote >= 0) {
    const dimension = compared.exec(before.slice(0, quote))?.[1];
    if (dimension === undefined) return null;
    const parts = dimension.match(new RegExp(part, "gu")) ?? [];
    return { kind: "value", of: parts.map(plain).join("."), typed: before.slice(quote + 1).replaceAll("''", "'"), from: quote + 1 };
  }
  const found = name.exec(before);
  const [whole, path = "", typed = ""] = found ?? [""];
  const start = cursor - whole.length;
  // 1e5 is a number, and a.b after ) is nothing.
  if (/[\p{N}\p{L}_`]/u.test(before[start - 1] ?? "")) return null;
  if (path === "" && typed === "" && /[\p{N}.)]\s*$/u.test(before)) return null;
  return { kind: "name", path: (path.match(new RegExp(part, "gu")) ?? []).map(plain), typed, from: cursor - typed.length };
}

/** The place in a text of the n-th character, counted as people and the server do. */
export function unitAt(source: string, character: number): number {
  let units = 0;
  let seen = 0;
  for (const c of source) {
    if (seen === character) break;
    units += c.length;
    seen++;
  }
  return units;
}
