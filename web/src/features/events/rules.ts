import type { Count, Rule } from "./types";

/** The rules that can mend a reason, the likeliest first. */
export function rulesFor(of: Pick<Count, "kind">): Rule["do"][] {
  switch (of.kind) {
    case "unplanned_event":
    case "no_name":
      return ["rename_event"];
    case "wrong_type":
      return ["cast", "default", "remove", "rename"];
    case "required_missing":
    case "missing_id":
      return ["rename", "default"];
    case "unknown_property":
      return ["rename", "remove"];
    default:
      return ["default", "remove", "cast", "rename"];
  }
}

/** The rule that a dialog begins with. What is missing takes another property's value: its name is the one to rename to. */
export function ruleFor(of: Pick<Count, "kind" | "property">): Rule {
  const first = rulesFor(of)[0] ?? "remove";
  if (of.kind === "required_missing" || of.kind === "missing_id") return { do: first, property: "", to: of.property };
  return { do: first, property: of.property };
}

/** Whether everything that a rule needs was said. */
export function complete(rule: Rule): boolean {
  switch (rule.do) {
    case "rename_event":
      return (rule.to ?? "") !== "";
    case "rename":
      return (rule.property ?? "") !== "" && (rule.to ?? "") !== "" && rule.property !== rule.to;
    case "default":
      return (rule.property ?? "") !== "" && (rule.value ?? "") !== "";
    default:
      return (rule.property ?? "") !== "";
  }
}
