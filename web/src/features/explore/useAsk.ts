import { useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { decode, encode, type Ask } from "./state";
import { visit, type Trail } from "./trail";

export interface Asking {
  ask: Ask;
  /** Changes some of it; the address follows. */
  change: (part: Partial<Ask>) => void;
  undo: (() => void) | null;
  redo: (() => void) | null;
}

/** The question in the address, with undo and redo. */
export function useAsk(): Asking {
  const [params, setParams] = useSearchParams();
  const ask = useMemo(() => decode(params), [params]);
  const now = encode(ask).toString();
  const [trail, setTrail] = useState<Trail>({ entries: [now], at: 0 });
  const next = visit(trail, now);
  if (next !== trail) setTrail(next);

  const change = useCallback((part: Partial<Ask>) => setParams((current) => encode({ ...decode(current), ...part })), [setParams]);
  const go = (at: number) => {
    const entry = next.entries[at];
    return entry === undefined ? null : () => setParams(new URLSearchParams(entry), { replace: true });
  };
  return { ask, change, undo: go(next.at - 1), redo: go(next.at + 1) };
}
