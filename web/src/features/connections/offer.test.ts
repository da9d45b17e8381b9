import { expect, test } from "vitest";
import { dig, exampleOf } from "./ColumnsTable";
import { bringable, cursorsOf, type Choice } from "./offer";
import type { Offer } from "./types";

const offer: Offer = {
  stream: { name: "leads", modes: ["full", "incremental"], sampled: true },
  name: "leads",
  spec: {
    columns: [
      { name: "id", type: "integer" },
      { name: "name", type: "string" },
      { name: "value", type: "decimal", precision: 10, scale: 2 },
      { name: "created", type: "timestamp" },
    ],
    time: "created",
    source: { connection: "crm", table: "leads", sync: { mode: "full", every: "1 hour" } },
  },
  cursors: [],
  used: [],
};
const choice: Choice = { copy: true, sync: { mode: "incremental", cursor: "created", every: "15 minutes" }, key: ["id"], left: new Set(), types: {} };

test("an offer becomes what was chosen of it", () => {
  const got = bringable(offer, { ...choice, left: new Set(["name"]), types: { value: "string" } });
  expect(got.columns).toEqual([
    { name: "id", type: "integer" },
    { name: "value", type: "string" },
    { name: "created", type: "timestamp" },
  ]);
  expect(got.primaryKey).toEqual(["id"]);
  expect(got.source?.sync).toEqual(choice.sync);
  expect(cursorsOf(offer, got)).toEqual(["id", "created"]);
});

test("without key or cursor everything is read each time", () => {
  const full = { mode: "full", every: "15 minutes" };
  expect(bringable(offer, { ...choice, key: [] }).source?.sync).toEqual(full);
  const without = bringable(offer, { ...choice, left: new Set(["created"]) });
  expect([without.source?.sync, without.time]).toEqual([full, undefined]);
  expect(bringable(offer, { ...choice, left: new Set(["id"]) }).primaryKey).toBeUndefined();
  expect(bringable(offer, { ...choice, copy: false }).source).toEqual({ connection: "crm", table: "leads" });
});

test("examples are found as the server finds fields", () => {
  expect(dig({ a: { b: 1 }, "a.b": 2 }, "a.b")).toBe(2);
  expect(exampleOf([{}, { a: null }, { a: { b: "x" } }], "a.b")).toBe("x");
  expect(exampleOf([{ a: { b: [1] } }], "a")).toBe('{"b":[1]}');
  expect(exampleOf([], "a")).toBe("");
});
