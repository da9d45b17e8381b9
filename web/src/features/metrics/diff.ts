// A unified diff for people: lines that changed are compared word by word.

export interface Piece {
  text: string;
  mark: "" | "added" | "removed";
}

export interface DiffLine {
  kind: "same" | "added" | "removed" | "gap";
  pieces: Piece[];
}

const words = (line: string) => line.match(/[\p{Script=Han}]|[\p{L}\p{N}_]+|\s+|./gu) ?? [];

/** What is kept between two lists, longest common subsequence; lists are as short as a line. */
function kept(a: readonly string[], b: readonly string[]): [Set<number>, Set<number>] {
  const width = b.length + 1;
  const table = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] = a[i] === b[j] ? (table[(i + 1) * width + j + 1] ?? 0) + 1 : Math.max(table[(i + 1) * width + j] ?? 0, table[i * width + j + 1] ?? 0);
    }
  }
  const [inA, inB] = [new Set<number>(), new Set<number>()];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      inA.add(i++);
      inB.add(j++);
    } else if ((table[(i + 1) * width + j] ?? 0) >= (table[i * width + j + 1] ?? 0)) i++;
    else j++;
  }
  return [inA, inB];
}

function pieces(list: readonly string[], same: ReadonlySet<number>, mark: "added" | "removed"): Piece[] {
  const out: Piece[] = [];
  list.forEach((text, i) => {
    const now = same.has(i) ? "" : mark;
    const last = out.at(-1);
    if (last !== undefined && last.mark === now) last.text += text;
    else out.push({ text, mark: now });
  });
  return out;
}

/** How two versions of a line differ, word by word. */
export function compareWords(before: string, after: string): { before: Piece[]; after: Piece[] } {
  const [a, b] = [words(before), words(after)];
  if (a.length * b.length > 250_000) return { before: [{ text: before, mark: "removed" }], after: [{ text: after, mark: "added" }] };
  const [inA, inB] = kept(a, b);
  return { before: pieces(a, inA, "removed"), after: pieces(b, inB, "added") };
}

/** Reads a unified diff. Removed lines are paired with the added ones that follow them. */
export function readDiff(unified: string): DiffLine[] {
  const out: DiffLine[] = [];
  let removed: string[] = [];
  let added: string[] = [];
  const flush = () => {
    const pairs = removed.map((line, i) => (added[i] === undefined ? null : compareWords(line, added[i])));
    removed.forEach((line, i) => out.push({ kind: "removed", pieces: pairs[i]?.before ?? [{ text: line, mark: "removed" }] }));
    added.forEach((line, i) => out.push({ kind: "added", pieces: pairs[i]?.after ?? [{ text: line, mark: "added" }] }));
    removed = [];
    added = [];
  };
  for (const line of unified.split("\n")) {
    if (line.startsWith("--- ") || line.startsWith("+++ ") || line === "" || line.startsWith("\\")) continue;
    if (line.startsWith("-")) {
      if (added.length > 0) flush();
      removed.push(line.slice(1));
    } else if (line.startsWith("+")) added.push(line.slice(1));
    else {
      flush();
      if (line.startsWith("@@")) {
        if (out.length > 0) out.push({ kind: "gap", pieces: [] });
      } else out.push({ kind: "same", pieces: [{ text: line.slice(1), mark: "" }] });
    }
  }
  flush();
  return out;
}
