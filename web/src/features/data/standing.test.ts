import { expect, test } from "vitest";
import type { EventHealth } from "@/api/events";
import type { DatasetSpec, Resource } from "@/api/types";
import type { Scores } from "./quality/types";
import { found, standings } from "./standing";
import type { SyncStatus } from "./sync/types";
import type { DatasetStatus } from "./types";

const item = (name: string, over: Partial<DatasetStatus> = {}): DatasetStatus => ({ name, title: {}, description: {}, rows: 1, rejects: 0, freshness: "none", version: 1, bytes: 0, usedBy: 0, distorts: null, ...over });
const mark = (dataset: string) => ({ dataset, title: {}, rule: "r", label: {}, since: "2026-01-05", kind: "range" as const });
const score = { value: 0.5, rules: 2, kept: 1, broken: 1, unknown: 0, errors: 1 };
const scores: Scores = {
  datasets: [
    { name: "doubted", title: {}, score, marks: [mark("doubted")] },
    { name: "late", title: {}, score: { ...score, value: 1 }, marks: [] },
  ],
  metrics: [
    { name: "income", title: {}, score, marks: [mark("doubted")] },
    { name: "orders", title: {}, score, marks: [mark("doubted"), mark("late")] },
  ],
};
const known = { definitions: [], syncs: [], scores, events: [] };
const names = (rows: { name: string }[]) => rows.map((row) => row.name);

test("what distorts most comes first, then what is wrong otherwise, then the rest as it came", () => {
  const definitions = [{ metadata: { name: "torn" }, state: "quarantined" }] as Resource<DatasetSpec>[];
  const syncs = [{ dataset: "stuck", failing: true }] as SyncStatus[];
  const rows = standings([item("b"), item("a"), item("old", { outdated: 2 }), item("key", { keyBroken: true }), item("stuck"), item("torn"), item("doubted"), item("late", { freshness: "late", distorts: ["orders", "visits", "income"] })], { ...known, definitions, syncs });
  expect(names(rows)).toEqual(["late", "doubted", "torn", "stuck", "key", "old", "b", "a"]);
  expect(rows.map((row) => row.wrong)).toEqual([["late"], ["doubt"], ["unusable"], ["failing"], ["key"], ["outdated"], [], []]);
});

test("a metric that is distorted twice counts once", () => {
  const [row] = standings([item("doubted", { freshness: "late", distorts: ["income", "visits"] })], known);
  expect(row?.wrong).toEqual(["late", "doubt"]);
  expect(row?.distorted.toSorted()).toEqual(["income", "orders", "visits"]);
});

test("an event that breaks its plan distorts what rests on it; one to watch does not", () => {
  const event = (name: string, state: EventHealth["state"]) => ({ name, state, metrics: ["visits"] }) as EventHealth;
  const rows = standings([item("calm", { events: true }), item("torn", { events: true })], { ...known, events: [event("calm", "watch"), event("torn", "bad")] });
  expect(rows.map(({ name, wrong, distorted }) => ({ name, wrong, distorted }))).toEqual([
    { name: "torn", wrong: ["event"], distorted: ["visits"] },
    { name: "calm", wrong: [], distorted: [] },
  ]);
});

test("without scores nothing is said of rules", () => {
  const [row] = standings([item("doubted")], { ...known, scores: undefined });
  expect(row).toMatchObject({ wrong: [], broken: [], distorted: [] });
});

test("every word searched for must occur, in either language", () => {
  const definitions = [{ metadata: { name: "orders", owner: "mei.lin", tags: ["retail"] } }] as Resource<DatasetSpec>[];
  const rows = standings([item("orders", { title: { zh: "订单", en: "Orders" }, description: { en: "One row per order" } }), item("stores", { title: { zh: "门店" } })], { ...known, definitions });
  expect(names(found(rows, "订单 RETAIL"))).toEqual(["orders"]);
  expect(names(found(rows, "mei row"))).toEqual(["orders"]);
  expect(names(found(rows, "门店 retail"))).toEqual([]);
  expect(names(found(rows, "  "))).toEqual(["orders", "stores"]);
});
