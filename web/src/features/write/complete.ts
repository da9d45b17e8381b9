import type { Cell, Text } from "@/api/types";
import { quotePath } from "@/lib/expr";
import { fit, type Named, type Names } from "./names";
import { placeAt } from "./place";

// What is offered at the cursor of an expression, best first.

export interface Language {
  functions: { name: string; signature: string; doc: Text }[];
  keywords: string[];
}

export interface Offer {
  kind: Named["kind"] | "function" | "keyword" | "value";
  /** What is chosen, as it is called. */
  label: string;
  /** What is written; the cursor goes to `caret` in it, its end unless given. */
  insert: string;
  caret?: number;
  title?: Text;
  type?: string;
  signature?: string;
  doc?: Text;
  count?: number;
}

export interface Offers {
  from: number;
  /** The offer replaces the text up to here. */
  to: number;
  offers: Offer[];
}

export interface Source {
  names: Names;
  language: Language;
  /** The values of a dimension that contain a text, the most frequent first. */
  values?: (dimension: string, search: string) => Promise<{ value: Cell; count: number }[]>;
}

const most = 60;

function nameOffers(names: readonly Named[], typed: string): (Offer & { rank: number })[] {
  return names.flatMap((n) => {
    const rank = fit(n, typed);
    if (rank < 0) return [];
    const step = n.kind === "relationship";
    return [{ kind: n.kind, label: n.name, insert: quotePath(n.name) + (step ? "." : ""), title: n.title, type: n.type, rank: rank + (step ? 0.5 : 0) }];
  });
}

function wordOffers({ functions, keywords }: Language, typed: string): (Offer & { rank: number })[] {
  if (typed === "") return [];
  const found = functions.flatMap((f) => {
    // Short Latin letters are part of half of all English sentences; Chinese ones are not.
    const rank = fit({ name: f.name, title: /^[ -~]*$/.test(typed) ? undefined : f.doc }, typed);
    return rank < 0 ? [] : [{ kind: "function" as const, label: f.name, insert: `${f.name}()`, caret: f.name.length + 1, signature: f.signature, doc: f.doc, rank: rank + 0.6 }];
  });
  const want = typed.toLowerCase();
  return [...found, ...keywords.filter((k) => k.startsWith(want)).map((k) => ({ kind: "keyword" as const, label: k, insert: k, rank: k === want ? 0.9 : 1.8 }))];
}

/** What can be written at the cursor; null for nothing. `asked` says that the person asked for it. */
export async function offersAt(source: string, cursor: number, from: Source, asked: boolean): Promise<Offers | null> {
  const place = placeAt(source, cursor);
  if (place === null) return null;
  if (place.kind === "value") {
    const values = (await from.values?.(place.of, place.typed)) ?? [];
    const rest = /^(?:[^']|'')*/.exec(source.slice(cursor))?.[0] ?? "";
    const closed = source[cursor + rest.length] === "'";
    const offers = values
      .filter((v) => v.value !== null)
      .map(({ value, count }): Offer => {
        const written = String(value).replaceAll("'", "''");
        return { kind: "value", label: String(value), insert: closed ? written : `${written}'`, caret: written.length + 1, count };
      });
    // A closing quote that is there already is kept, and what stands before it replaced.
    return { from: place.from, to: closed ? cursor + rest.length : cursor, offers };
  }
  if (place.typed === "" && place.path.length === 0 && !asked) return null;
  const names = from.names(place.path);
  if (names === null) return null;
  const ranked = [...nameOffers(names, place.typed), ...(place.path.length === 0 ? wordOffers(from.language, place.typed) : [])];
  return { from: place.from, to: cursor, offers: ranked.toSorted((a, b) => a.rank - b.rank).slice(0, most) };
}
