import type { Cell } from "@/api/types";

// How names and values are written in the language of filters and formulas.

/** A text literal of the expression language. */
export const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`;

const keywords = new Set(["and", "or", "not", "is", "null", "true", "false", "in", "between", "like", "case", "when", "then", "else", "end", "as", "cast", "try_cast"]);

/** A name or path of the expression language; parts that are not plain stand in backquotes. */
export function quotePath(path: string): string {
  return path
    .split(".")
    .map((part) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part) && !keywords.has(part.toLowerCase()) ? part : `\`${part.replaceAll("`", "``")}\``))
    .join(".");
}

/** How a value of a dimension of this type is written. */
export function literal(value: Cell, type: string): string {
  if (value === null) return "null";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return /^(integer|decimal|float)$/.test(type) && /^-?\d+(\.\d+)?$/.test(value) ? value : quoteText(value);
}
