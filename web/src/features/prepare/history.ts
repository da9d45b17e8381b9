import type { Draft } from "./types";

// Steps while they are written, with what can be undone and done again.

export interface History {
  past: Draft[];
  now: Draft;
  future: Draft[];
  /** Which part was changed last, and when: typing on is one change. */
  part: string;
  at: number;
}

export type Action = { do: "change"; draft: Draft; part: string; at: number } | { do: "undo" } | { do: "redo" };

const together = 1500;
const most = 200;

export const begin = (now: Draft): History => ({ past: [], now, future: [], part: "", at: 0 });

export function next(h: History, action: Action): History {
  if (action.do === "undo") {
    const last = h.past.at(-1);
    return last === undefined ? h : { past: h.past.slice(0, -1), now: last, future: [h.now, ...h.future], part: "", at: 0 };
  }
  if (action.do === "redo") {
    const [first, ...rest] = h.future;
    return first === undefined ? h : { past: [...h.past, h.now], now: first, future: rest, part: "", at: 0 };
  }
  const goesOn = action.part !== "" && action.part === h.part && action.at - h.at < together && h.past.length > 0;
  return { past: goesOn ? h.past : [...h.past, h.now].slice(-most), now: action.draft, future: [], part: action.part, at: action.at };
}

/** A list with one entry somewhere else. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const out = [...list];
  const [entry] = out.splice(from, 1);
  if (entry !== undefined) out.splice(Math.max(0, Math.min(out.length, to)), 0, entry);
  return out;
}
