import type { ColumnSpec } from "@/api/types";
import type { Offer, SourcedSpec, Sync } from "./types";

/** What a person has said of an offer. */
export interface Choice {
  copy: boolean;
  sync: Sync;
  key: readonly string[];
  /** Columns that are left out. */
  left: ReadonlySet<string>;
  /** Other types than those that were seen. */
  types: Readonly<Record<string, ColumnSpec["type"]>>;
}

const grows = new Set(["timestamp", "date", "integer", "decimal"]);

/** Columns that can tell what is new, the likeliest first. */
export function cursorsOf(offer: Offer, spec: SourcedSpec): string[] {
  const here = new Set(spec.columns.map((c) => c.name));
  const others = spec.columns.filter((c) => grows.has(c.type) && !c.name.startsWith("_")).map((c) => c.name);
  return [...new Set([...offer.cursors, ...others])].filter((name) => here.has(name));
}

/** The dataset that is made of an offer. */
export function bringable(offer: Offer, choice: Choice): SourcedSpec {
  const columns = offer.spec.columns
    .filter((c) => !choice.left.has(c.name))
    .map((c) => {
      const type = choice.types[c.name] ?? c.type;
      if (type === c.type) return c;
      // Digits belong to decimals.
      const { precision: _precision, scale: _scale, ...rest } = c;
      return { ...rest, type };
    });
  const here = new Set(columns.map((c) => c.name));
  const key = choice.key.filter((name) => here.has(name));
  const spec: SourcedSpec = { ...offer.spec, columns, primaryKey: key, source: { ...offer.spec.source } };
  if (key.length === 0) delete spec.primaryKey;
  const time = columns.find((c) => c.name === spec.time);
  if (spec.time !== undefined && time?.type !== "timestamp" && time?.type !== "date") delete spec.time;
  if (!choice.copy) delete spec.source?.sync;
  else if (spec.source !== undefined) spec.source.sync = following(choice.sync, key.length > 0, cursorsOf(offer, spec));
  return spec;
}

/** The way that was chosen, or everything each time where that cannot be. */
function following(sync: Sync, keyed: boolean, cursors: readonly string[]): Sync {
  if (sync.mode === "full" || (keyed && (sync.mode !== "incremental" || cursors.includes(sync.cursor ?? "")))) return sync;
  return { mode: "full", every: sync.every };
}
