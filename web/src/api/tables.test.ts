import { describe, expect, it } from "vitest";
import { tableOf } from "./tables";

describe("the dataset of an event", () => {
  it("has the common columns, the properties, the ids that are none of them, and what is not planned", () => {
    const base = { kind: "Event" as const, metadata: { name: "paid" }, revision: 1, author: "", updatedAt: "", state: "published" as const };
    const names = (spec: object) => tableOf({ ...base, spec }).spec.columns.map((c) => c.name);
    expect(names({ ids: ["user_id", "phone", "lead"], properties: [{ name: "lead", type: "string" }] })).toEqual(["message_id", "user_id", "anonymous_id", "time", "received_at", "source", "lead", "phone", "extra"]);
    expect(names({ onUnplanned: "drop" })).not.toContain("extra");
    expect(tableOf({ ...base, spec: {} }).spec.time).toBe("time");
  });
});
