import { describe, expect, it } from "vitest";
import { complete, ruleFor, rulesFor } from "./rules";

describe("rules that mend", () => {
  it("begins with the likeliest for the reason", () => {
    expect(ruleFor({ kind: "wrong_type", property: "items" })).toEqual({ do: "cast", property: "items" });
    expect(ruleFor({ kind: "required_missing", property: "order_id" })).toEqual({ do: "rename", property: "", to: "order_id" });
    expect(rulesFor({ kind: "unplanned_event" })).toEqual(["rename_event"]);
  });

  it("is tried only when nothing is missing", () => {
    expect(complete(ruleFor({ kind: "required_missing", property: "order_id" }))).toBe(false);
    expect(complete({ do: "rename", property: "orderNo", to: "order_id" })).toBe(true);
    expect(complete({ do: "rename", property: "a", to: "a" })).toBe(false);
    expect(complete({ do: "default", property: "a" })).toBe(false);
    expect(complete({ do: "default", property: "a", value: "0" })).toBe(true);
    expect(complete({ do: "remove", property: "" })).toBe(false);
  });
});
