// Guardrail rules are expressions; the four that people ask for most have a
// form. Any other rule stays what it is and is edited as text.

export type Shape = "notRise" | "notFall" | "atLeast" | "atMost" | "text";

export interface RuleForm {
  shape: Shape;
  /** Percent for notRise and notFall, the metric's own unit (×100 for percents) for the other two. */
  amount: string;
  /** The expression of shape "text". */
  text: string;
}

const number = String.raw`(-?\d+(?:\.\d+)?)`;
const patterns: [Exclude<Shape, "text">, RegExp][] = [
  ["notRise", new RegExp(String.raw`^change_rate\s*<=\s*${number}$`)],
  ["notFall", new RegExp(String.raw`^change_rate\s*>=\s*-\s*(\d+(?:\.\d+)?)$`)],
  ["atLeast", new RegExp(String.raw`^value\s*>=\s*${number}$`)],
  ["atMost", new RegExp(String.raw`^value\s*<=\s*${number}$`)],
];

/** 0.07 * 100 is 7.000000000000001; twelve digits are enough for people. */
function tidy(value: number): string {
  return String(Number(value.toPrecision(12)));
}

function scaleOf(shape: Shape, unit: string): number {
  return shape === "notRise" || shape === "notFall" || unit === "percent" ? 100 : 1;
}

/** The form of a rule, for a metric of this unit. */
export function parseRule(rule: string, unit: string): RuleForm {
  for (const [shape, pattern] of patterns) {
    const found = pattern.exec(rule.trim())?.[1];
    if (found !== undefined) return { shape, amount: tidy(Number(found) * scaleOf(shape, unit)), text: rule };
  }
  return { shape: "text", amount: "", text: rule };
}

/** The rule of a form; "" while the amount is no number. */
export function printRule(form: RuleForm, unit: string): string {
  if (form.shape === "text") return form.text.trim();
  if (form.amount.trim() === "") return "";
  const amount = Number(form.amount) / scaleOf(form.shape, unit);
  if (!Number.isFinite(amount)) return "";
  const shown = tidy(amount);
  switch (form.shape) {
    case "notRise":
      return `change_rate <= ${shown}`;
    case "notFall":
      return amount < 0 ? "" : `change_rate >= -${shown}`;
    case "atLeast":
      return `value >= ${shown}`;
    case "atMost":
      return `value <= ${shown}`;
  }
}

/** "2 weeks" as count and grain; nothing for the same period. */
export function parseLag(lag: string | undefined): { count: string; grain: string } {
  const found = /^(\d+)\s*([a-z]+?)s?$/.exec((lag ?? "").trim());
  return { count: found?.[1] ?? "0", grain: found?.[2] ?? "" };
}

export function printLag(count: string, grain: string): string {
  const n = Number(count);
  return Number.isInteger(n) && n > 0 ? `${n} ${grain}${n === 1 ? "" : "s"}` : "";
}
