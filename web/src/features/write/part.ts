import type { Finding } from "@/api/types";
import { unitAt } from "./place";

/** The part of a definition's text that a finding is about: of an expression its part, else the word there. */
export function partOf(text: string, f: Finding): { from: number; to: number } {
  const lines = text.split("\n");
  const row = Math.max(0, Math.min((f.line ?? 1) - 1, lines.length - 1));
  const start = lines.slice(0, row).reduce((sum, l) => sum + l.length + 1, 0);
  const at = lines[row] ?? "";
  const column = Math.min(at.length, unitAt(at, (f.column ?? 1) - 1));
  const rest = at.slice(column);
  const quoted = /^["']/.test(rest) ? 1 : 0;
  if (f.end !== undefined && !/^[|>]/.test(rest)) {
    const inner = rest.slice(quoted);
    const [from, to] = [unitAt(inner, f.offset ?? 0), unitAt(inner, f.end)];
    if (to > from) return { from: start + column + quoted + from, to: start + column + quoted + to };
  }
  const word = /^[\w.]+/u.exec(rest.slice(quoted))?.[0].length ?? rest.trimEnd().length;
  return { from: start + column + quoted, to: start + column + quoted + Math.max(1, word) };
}
