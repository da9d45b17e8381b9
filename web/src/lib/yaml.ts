import type { Metadata } from "@/api/types";

// Definitions as they are written in files.

const plain = /^[\p{L}_][\p{L}\p{N}_ .%/=<>+*()'-]*$/u;
const words = new Set(["true", "false", "null", "yes", "no", "on", "off", "~"]);

function scalar(v: unknown): string {
  if (typeof v !== "string") return String(v);
  return plain.test(v) && !words.has(v.toLowerCase()) && !v.endsWith(" ") ? v : JSON.stringify(v);
}

const key = (k: string) => (plain.test(k) && !k.includes(" ") && !words.has(k.toLowerCase()) ? k : JSON.stringify(k));

/** A value on one line. */
export function inline(v: unknown): string {
  if (Array.isArray(v)) return `[${v.map(inline).join(", ")}]`;
  if (typeof v === "object" && v !== null) return `{${entries(v).map(([k, x]) => `${key(k)}: ${inline(x)}`).join(", ")}}`;
  const text = scalar(v);
  return typeof v === "string" && /[,[\]{}:#]/.test(text) && !text.startsWith('"') ? JSON.stringify(v) : text;
}

const entries = (o: object) => Object.entries(o).filter(([, v]) => v !== undefined);

/** A whole definition; lists of objects have a line for each. */
export function documentOf(kind: string, metadata: Metadata, spec: object): string {
  const lines = entries(spec).flatMap(([k, v]) =>
    Array.isArray(v) && v.some((x) => typeof x === "object") ? [`  ${key(k)}:`, ...v.map((x: unknown) => `    - ${inline(x)}`)] : [`  ${key(k)}: ${inline(v)}`],
  );
  return [`kind: ${kind}`, `metadata: ${inline(metadata)}`, "spec:", ...lines].join("\n");
}

/** What stands under `source` in the definition. */
export function toYaml(from: string, steps: readonly object[]): string {
  const lines = steps.flatMap((step) => Object.entries(step).map(([k, v], i) => `${i === 0 ? "  - " : "    "}${k}: ${inline(v)}`));
  return [`from: ${inline(from)}`, steps.length === 0 ? "steps: []" : "steps:", ...lines].join("\n");
}
