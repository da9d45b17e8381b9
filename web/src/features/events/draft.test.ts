import { describe, expect, it } from "vitest";
import { adopted, emptyDraft, fitted, toggled } from "./draft";
import type { Proposal } from "./types";

const proposal = { name: "order_paid", metadata: { name: "order_paid", title: { en: "Order Paid" } }, spec: { names: ["Order Paid"], properties: [{ name: "amount", type: "float" }, { name: "city", type: "string" }] } } as unknown as Proposal;

describe("an event as the form holds it", () => {
  it("takes what a proposal has besides, and keeps what somebody wrote and what the form does not show", () => {
    const fresh = adopted(emptyDraft("mei"), proposal);
    expect(fresh.metadata).toMatchObject({ name: "order_paid", owner: "mei", title: { en: "Order Paid" } });
    expect(fresh.spec.properties?.map((p) => p.name)).toEqual(["amount", "city"]);
    const own = { metadata: { name: "order_paid", title: { zh: "支付" }, annotations: { a: "b" } }, spec: { names: ["Paid"], properties: [{ name: "amount", type: "decimal", min: 0 }], dimensions: [{ name: "big", expr: "amount > 100" }] } };
    const more = adopted(own, proposal);
    expect(more.metadata).toEqual(own.metadata);
    expect(more.spec).toEqual({ ...own.spec, properties: [{ name: "amount", type: "decimal", min: 0 }, { name: "city", type: "string" }] });
  });

  it("forgets rules that a type has no use for", () => {
    const p = JSON.parse(JSON.stringify(fitted({ name: "a", type: "string", min: 1, precision: 3, pattern: "x", values: ["x"], entity: "phone", title: { zh: "", en: undefined } }))) as object;
    expect(p).toEqual({ name: "a", type: "string", pattern: "x", values: ["x"], entity: "phone" });
    expect(JSON.parse(JSON.stringify(fitted({ name: "a", type: "boolean", values: ["x"], pattern: "x" })))).toEqual({ name: "a", type: "boolean" });
  });

  it("puts entries in and takes them out", () => {
    expect(toggled(undefined, "a", true)).toEqual(["a"]);
    
    expect(toggled(["a"], "a", false)).toBeUndefined();
  });
});
