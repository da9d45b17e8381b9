import { expect, test } from "vitest";
import { chosen } from "./filter";
import type { Asset } from "./types";

const asset = (name: string, over: Partial<Asset> = {}): Asset => ({ kind: "Dataset", name, title: { zh: "订单" }, description: {}, state: "published", asked: 0, rows: 0, bytes: 0, score: null, broken: 0, errors: 0, ...over });
const all = [
  asset("orders", { owner: "mei", sensitivity: "personal", keyAsset: true, broken: 1 }),
  asset("stores", { handLoads: 3, handFiles: ["march (2).csv"], freshness: "late" }),
  asset("revenue", { kind: "Metric", owner: "wu", title: { en: "Revenue" } }),
];
const none = { q: "", kind: "", sensitivity: "", view: "" };
const names = (f: Partial<typeof none>) => chosen(all, { ...none, ...f }).map((a) => a.name);

test("assets are found by words, kind, class, people and trouble", () => {
  expect(names({})).toEqual(["orders", "stores", "revenue"]);
  expect(names({ q: "订单 mei" })).toEqual(["orders"]);
  expect(names({ q: "MARCH" })).toEqual(["stores"]);
  expect(names({ kind: "Metric" })).toEqual(["revenue"]);
  expect(names({ sensitivity: "unset" })).toEqual(["stores", "revenue"]);
  expect(names({ view: "none" })).toEqual(["stores"]);
  expect(names({ view: "hand" })).toEqual(["stores"]);
  expect(names({ view: "key" })).toEqual(["orders"]);
  expect(names({ view: "trouble" })).toEqual(["orders", "stores"]);
  expect(names({ view: "noEn" })).toEqual(["orders", "stores"]);
  expect(names({ view: "noZh" })).toEqual(["revenue"]);
});
