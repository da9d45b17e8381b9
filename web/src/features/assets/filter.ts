import type { Asset } from "./types";

export interface Filter {
  q: string;
  kind: string;
  sensitivity: string;
  /** all | key | none (without owner) | hand | trouble | noEn, noZh (without a title in that language) */
  view: string;
}

/** Whether something is late or breaks a promise. */
export const inTrouble = (a: Asset): boolean => a.freshness === "late" || a.broken > 0 || a.state === "quarantined";

export function chosen(list: readonly Asset[], f: Filter): Asset[] {
  const words = f.q.toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter((a) => {
    if (f.kind !== "" && a.kind !== f.kind) return false;
    if (f.sensitivity !== "" && (a.sensitivity ?? "unset") !== f.sensitivity) return false;
    if (f.view === "key" && a.keyAsset !== true) return false;
    if (f.view === "none" && (a.owner ?? "") !== "") return false;
    if (f.view === "hand" && (a.handLoads ?? 0) < 2) return false;
    if (f.view === "trouble" && !inTrouble(a)) return false;
    if (f.view === "noEn" && (a.title.en ?? "") !== "") return false;
    if (f.view === "noZh" && (a.title.zh ?? "") !== "") return false;
    const text = [a.name, a.title.zh, a.title.en, a.description.zh, a.description.en, a.owner, a.steward, a.domain, ...(a.tags ?? []), ...(a.handFiles ?? []), a.duties?.collects, a.duties?.cleans, a.duties?.analyses, a.duties?.reports].join("\n").toLowerCase();
    return words.every((w) => text.includes(w));
  });
}
