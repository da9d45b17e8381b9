// Where a person is in "why it moved": the metric asked first, then the parts
// and members that were opened one after the other.

export interface DrillStep {
  kind: "metric" | "member";
  /** The metric's name, or the filter expression of the member. */
  value: string;
  /** What the breadcrumb says. */
  label: string;
}

export type Mode = "formula" | "dimension" | "time";

/** What to explain at the end of the steps: members narrow, a metric replaces. */
export function target(root: string, steps: readonly DrillStep[], where = ""): { metric: string; where: string } {
  let metric = root;
  const filters: string[] = where === "" ? [] : [where];
  for (const step of steps) {
    if (step.kind === "metric") metric = step.value;
    else filters.push(step.value);
  }
  return { metric, where: filters.map((f) => (filters.length > 1 ? `(${f})` : f)).join(" and ") };
}

/** Steps as text for the URL; "" for none. */
export function encodeSteps(steps: readonly DrillStep[]): string {
  return steps.length === 0 ? "" : JSON.stringify(steps.map((s) => [s.kind === "metric" ? "m" : "f", s.value, s.label]));
}

/** Steps from the URL; a text that is none of ours gives no steps. */
export function decodeSteps(text: string): DrillStep[] {
  if (text === "") return [];
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return [];
    return parsed.flatMap((item: unknown): DrillStep[] => {
      if (!Array.isArray(item)) return [];
      const [kind, value, label] = item as unknown[];
      if ((kind !== "m" && kind !== "f") || typeof value !== "string" || typeof label !== "string") return [];
      return [{ kind: kind === "m" ? "metric" : "member", value, label }];
    });
  } catch {
    return [];
  }
}
