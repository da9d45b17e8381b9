import { describe, expect, it } from "vitest";
import { tableOf, unifiedOf } from "./tables";

describe("the dataset of an event", () => {
  it("has the common columns, the properties, the ids that are none of them, and what is not planned", () => {
    const base = { kind: "Event" as const, metadata: { name: "paid" }, revision: 1, author: "", updatedAt: "", state: "published" as const };
    const names = (spec: object) => tableOf({ ...base, spec }).spec.columns.map((c) => c.name);
    expect(names({ ids: ["user_id", "phone", "lead"], properties: [{ name: "lead", type: "string" }] })).toEqual(["message_id", "user_id", "anonymous_id", "time", "received_at", "source", "lead", "phone", "extra"]);
    expect(names({ onUnplanned: "drop" })).not.toContain("extra");
    expect(tableOf({ ...base, spec: {} }).spec.time).toBe("time");
  });
});

describe("whom rows are of", () => {
  it("is offered for columns with a kind of ids that links bring together", () => {
    const entity = (name: string, ids: (string | { name: string })[], links: unknown[]) => ({ kind: "Entity" as const, metadata: { name }, spec: { ids, links }, revision: 1, author: "", updatedAt: "", state: "published" as const });
    const entities = [entity("customer", ["user_id", { name: "phone" }], [{}]), entity("device", ["anonymous_id"], []), entity("store", ["store_id"], [{}])];
    const of = (...kinds: (string | undefined)[]) => unifiedOf(kinds.map((entity, i) => ({ name: `c${i}`, type: "string", entity })), entities).map((u) => u.expr);
    expect(of("phone", "anonymous_id", undefined)).toEqual(["unified_customer.id"]);
    expect(of("store_id", "user_id")).toEqual(["unified_customer.id", "unified_store.id"]);
    expect(of(undefined)).toEqual([]);
  });
});
