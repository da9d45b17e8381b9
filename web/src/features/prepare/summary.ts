import { inline } from "@/lib/yaml";
import { kindOf, type Fields, type Step } from "./types";

const names = (v: unknown): string[] => (Array.isArray(v) ? v : [v]).filter((n): n is string => typeof n === "string" && n !== "");
const fieldsOf = (v: unknown): Fields[] => (Array.isArray(v) ? v : [v]).filter((f): f is Fields => typeof f === "object" && f !== null);
const arrow = (from: readonly string[], to: readonly string[]) => [from.join(", "), to.join(", ")].filter((side) => side !== "").join(" → ");

/** What a step is about, on one line: its columns, its condition or its datasets; `titleOf` calls a dataset by its title. */
export function summaryOf(step: Step, titleOf: (dataset: string) => string): string {
  if (step.note !== undefined) return step.note;
  const kind = kindOf(step);
  const part = step[kind];
  const list = fieldsOf(part);
  const [fields = {}] = list;
  const each = (key: string) => list.flatMap((f) => names(f[key]));
  switch (kind) {
    case "filter":
      return String(part ?? "");
    case "select":
    case "drop":
      return names(part).join(", ");
    case "rename":
      return Object.entries(fields).map(([from, to]) => arrow([from], names(to))).join(", ");
    case "cast":
      return list.map((f) => arrow(names(f["column"]), names(f["type"]))).join(", ");
    case "derive":
      return each("name").join(", ");
    case "join":
      return names(fields["dataset"]).map(titleOf).join("");
    case "union":
      return names(fields["datasets"]).map(titleOf).join(", ");
    case "aggregate":
      return arrow(names(fields["by"]), fieldsOf(fields["values"]).flatMap((v) => names(v["name"])));
    case "deduplicate":
    case "session":
      return names(fields["by"]).join(", ");
    case "pivot":
      return arrow(names(fields["column"]), fieldsOf(fields["values"]).flatMap((v) => names(v["name"])));
    case "unpivot":
      return arrow(names(fields["columns"]), [...names(fields["name"]), ...names(fields["value"])]);
    case "split":
    case "map":
      return arrow(names(fields["column"]), names(fields["into"]));
    case "fill":
    case "standardise":
    case "mask":
      return each("column").join(", ");
    case "sample":
      return inline(fields["share"] ?? fields["count"] ?? "");
  }
}
