import type { Cell, DimensionSplit, Explanation, FormulaPart, Member } from "@/api/types";
import type { Step } from "@/charts";

export interface FormulaNode {
  key: string;
  part: FormulaPart;
}

/** The parts to show: an opened part gives way to its own parts. */
export function openParts(parts: readonly FormulaPart[], opened: ReadonlySet<string>, prefix = ""): FormulaNode[] {
  return parts.flatMap((part, i) => {
    const key = prefix === "" ? String(i) : `${prefix}.${i}`;
    const inner = part.parts ?? [];
    return opened.has(key) && inner.length > 0 ? openParts(inner, opened, key) : [{ key, part }];
  });
}

/** How a member of a dimension is called. */
export function memberName(value: Cell, noValue: string): string {
  if (value === null || value === "") return noValue;
  return String(value);
}

interface MemberWords {
  noValue: string;
  others: (count: number) => string;
  overlap: string;
  residual: string;
  mixRate: (member: Member) => string | undefined;
}

/** Members, then the rest and what was counted twice. */
export function dimensionSteps(split: DimensionSplit, change: number | null, words: MemberWords, onOpen: (member: Member, name: string) => void): Step[] {
  const steps: Step[] = split.members.map((member, i) => {
    const name = memberName(member.value, words.noValue);
    return {
      key: `m${i}`,
      name,
      note: member.unusual ? "!" : undefined,
      contribution: member.contribution,
      share: member.share,
      detail: words.mixRate(member),
      onOpen: member.filter ? () => onOpen(member, name) : undefined,
    };
  });
  const share = (part: number) => (change === null || change === 0 ? null : part / change);
  if (split.others !== null) {
    steps.push({ key: "others", name: words.others(split.others.count ?? 0), contribution: split.others.contribution, share: split.others.share, rest: true });
  }
  if (split.overlap !== 0) steps.push({ key: "overlap", name: words.overlap, contribution: split.overlap, share: share(split.overlap), rest: true });
  return steps;
}

/** A residual worth a bar: more than rounding. */
export function visibleResidual(explanation: Explanation): number {
  const residual = explanation.formula?.residual ?? 0;
  const scale = Math.max(Math.abs(explanation.valueFrom ?? 0), Math.abs(explanation.valueTo ?? 0));
  return Math.abs(residual) > scale * 1e-9 ? residual : 0;
}
