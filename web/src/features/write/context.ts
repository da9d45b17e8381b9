import type { Text } from "@/api/types";

/** Where an expression stands: what it may name, and what it has to be. */
export type Context =
  /** Over the rows of a dataset. */
  | { as: "condition" | "number" | "value"; dataset: string }
  /** Over the rows of a table that is not stored; who shows it says what is wrong. */
  | { as: "condition" | "value"; columns: readonly { name: string; type: string; title?: Text }[] }
  /** A condition on what the datasets of some metrics share. */
  | { as: "condition"; metrics: readonly string[] }
  /** Of metrics, and of inputs by their short names; `metric` is whose formula it is. */
  | { as: "formula"; inputs: Readonly<Record<string, string>>; metric: string };
