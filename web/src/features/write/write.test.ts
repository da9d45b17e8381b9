import { describe, expect, it } from "vitest";
import type { DatasetSpec, Resource } from "@/api/types";
import { offersAt, type Source } from "./complete";
import { namesOfDataset, namesOfDimensions, namesOfMetrics } from "./names";
import { placeAt, unitAt } from "./place";

/** The place at the bar. */
const at = (marked: string) => placeAt(marked.replace("|", ""), marked.indexOf("|"));

describe("the place of the cursor", () => {
  it.each([
    ["am|", [], "am"],
    ["amount + 销|", [], "销"],
    ["store.|", ["store"], ""],
    ["store.city.na|", ["store", "city"], "na"],
    ["`下 单`.x|", ["下 单"], "x"],
    ["round(|", [], ""],
    ["channel = 'a' and |", [], ""],
  ])("%s is a name", (marked, path, typed) => expect(at(marked)).toMatchObject({ kind: "name", path, typed }));

  it.each([
    ["channel = '|", "channel", ""],
    ["store.region <> '北|", "store.region", "北"],
    ["channel in ('web', '|", "channel", ""],
    ["channel in ('', 'it''s', 'a|", "channel", "a"],
    ["`下单`.city not in ('|'", "下单.city", ""],
    ["name like 'it''|", "name", "it'"],
  ])("%s is a value", (marked, of, typed) => expect(at(marked)).toMatchObject({ kind: "value", of, typed }));

  it.each(["12|", "1e|", "lower('|", "(amount)|", "a.`b|"])("%s is nothing to complete", (marked) => expect(at(marked)).toBeNull());

  it("is counted in characters by the server", () => {
    expect(unitAt("𠮷 = 1", 2)).toBe(3);
    expect(unitAt("金额 > 1", 2)).toBe(2);
    expect(unitAt("a", 9)).toBe(1);
  });
});

const dataset = (name: string, spec: Partial<DatasetSpec>, zh?: string): Resource<DatasetSpec> => ({ kind: "Dataset", metadata: { name, title: { zh } }, spec: { columns: [], ...spec }, revision: 1, author: "", updatedAt: "", state: "published" });
const shop = [
  dataset("orders", {
    columns: [
      { name: "amount", type: "decimal", title: { zh: "实付金额", en: "Amount paid" } },
      { name: "channel", type: "string", source: "渠道" },
    ],
    relationships: [{ name: "store", to: "stores", columns: {}, cardinality: "many_to_one" }],
    dimensions: [{ name: "size", expr: "1" }],
  }),
  dataset("stores", { columns: [{ name: "region", type: "string" }] }, "门店"),
];
const source: Source = {
  names: namesOfDataset(shop, "orders"),
  language: { functions: [{ name: "round", signature: "round(x, decimals)", doc: { zh: "四舍五入", en: "round half away from zero" } }], keywords: ["and", "or", "not"] },
  values: (dimension, search) => Promise.resolve(dimension === "channel" ? [{ value: "it's", count: 9 }, { value: null, count: 1 }, { value: "web", count: 2 }].filter((v) => v.value === null || v.value.includes(search)) : []),
};
const offered = async (marked: string, asked = false) => (await offersAt(marked.replace("|", ""), marked.indexOf("|"), source, asked))?.offers.map((o) => o.insert);

describe("offers", () => {
  it("find columns by name, by title of either language and by header", async () => {
    expect(await offered("am|")).toEqual(["amount"]);
    expect(await offered("1 + 金额|")).toEqual(["amount"]);
    expect(await offered("paid|")).toEqual(["amount"]);
    expect(await offered("渠|")).toEqual(["channel"]);
  });

  it("follow relationships step by step", async () => {
    expect(await offered("门店|")).toEqual(["store."]);
    expect(await offered("store.|")).toEqual(["region"]);
    expect(await offered("nowhere.|")).toBeUndefined();
  });

  it("put the cursor into a function, and know its words", async () => {
    expect(await offered("ro|")).toEqual(["round()"]);
    expect(await offered("四舍|")).toEqual(["round()"]);
    expect(await offered("an|")).toContain("and");
  });

  it("say nothing before they are asked", async () => {
    expect(await offered("|")).toBeUndefined();
    expect(await offered("|", true)).toEqual(["amount", "channel", "size", "store."]);
  });

  it("write values with their quotes", async () => {
    expect(await offered("channel = '|")).toEqual(["it''s'", "web'"]);
    expect(await offered("channel = 'w|")).toEqual(["web'"]);
    const found = await offersAt("channel = 'wxx' or 1 = 1", 12, source, false);
    expect(found).toMatchObject({ from: 11, to: 14, offers: [{ insert: "web" }] });
  });

  it("name shared dimensions by their paths", () => {
    const names = namesOfDimensions([
      { name: "channel", title: {}, type: "string", dataset: "orders", fits: true },
      { name: "store.region", title: {}, type: "string", dataset: "stores", fits: true },
      { name: "store.city.name", title: {}, type: "string", dataset: "cities", fits: false },
    ]);
    expect(names([])?.map((n) => n.name)).toEqual(["channel", "store"]);
    expect(names(["store"])?.map((n) => n.name)).toEqual(["region"]);
    expect(names(["store", "city"])).toBeNull();
  });

  it("name metrics and inputs, but not the metric itself", () => {
    const metric = (name: string) => ({ kind: "Metric" as const, metadata: { name }, spec: { type: "simple" as const }, revision: 1, author: "", updatedAt: "", state: "published" as const });
    expect(namesOfMetrics([metric("a"), metric("b")], { before: "a" }, "b")([])?.map((n) => n.name)).toEqual(["before", "a"]);
  });
});
