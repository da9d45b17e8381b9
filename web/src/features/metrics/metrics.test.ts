import { describe, expect, it } from "vitest";
import type { MetricSpec } from "@/api/types";
import { choices, filterMetrics, operandsOf, usage, type ListFilter, type Metric } from "./catalog";
import { compareWords, readDiff } from "./diff";
import { complete, definitionOf, draftOf, emptyDraft, lookAlikes, type Draft } from "./draft";
import { inWords, namesIn, parseFormula } from "./formula";

const metric = (name: string, spec: Partial<MetricSpec>, more: Partial<Metric["metadata"]> = {}): Metric => ({ kind: "Metric", metadata: { name, ...more }, spec: { type: "simple", ...spec }, revision: 1, author: "", updatedAt: "", state: "published" });

const all: Metric[] = [
  metric("revenue", { dataset: "orders", agg: "sum", expr: "amount" }, { title: { zh: "销售额", en: "Revenue" }, owner: "mei", domain: "sales", tags: ["core"], synonyms: ["GMV", "流水"] }),
  metric("orders", { dataset: "orders", agg: "count" }, { title: { zh: "订单数", en: "Orders" }, domain: "sales" }),
  metric("aov", { type: "ratio", numerator: { metric: "revenue" }, denominator: { metric: "orders" } }, { title: { zh: "客单价", en: "Average order" }, owner: "bo" }),
  metric("profit", { type: "derived", expr: "(revenue - c) / orders", inputs: { c: { metric: "costs" } } }),
];
const nothing: ListFilter = { q: "", domain: "", owner: "", role: "", state: "", tag: "", view: "" };
const context = { me: "mei", following: new Set(["orders"]), summaries: new Map() };
const names = (f: Partial<ListFilter>) => filterMetrics(all, { ...nothing, ...f }, context).map((m) => m.metadata.name);

describe("the list", () => {
  it("searches both languages, synonyms and formulas", () => {
    expect(names({ q: "销售" })).toEqual(["revenue"]);
    expect(names({ q: "gmv" })).toEqual(["revenue"]);
    expect(names({ q: "average ORDER" })).toEqual(["aov"]);
    expect(names({ q: "- c" })).toEqual(["profit"]);
    expect(names({ q: "orders" })[0]).toBe("orders");
    expect(names({ q: "nothing like it" })).toEqual([]);
  });

  it("filters and knows saved views", () => {
    expect(names({ domain: "sales" })).toEqual(["revenue", "orders"]);
    expect(names({ tag: "core" })).toEqual(["revenue"]);
    expect(names({ view: "mine" })).toEqual(["revenue"]);
    expect(names({ view: "following" })).toEqual(["orders"]);
    expect(names({ view: "unowned" })).toEqual(["orders", "profit"]);
    expect(names({ view: "stale" })).toEqual([]);
    expect(choices(all, (m) => m.metadata.owner)).toEqual(["bo", "mei"]);
  });

  it("counts uses", () => {
    expect(operandsOf({ type: "conversion", base: { metric: "visits" }, conversion: { metric: "orders" } })).toEqual(["visits", "orders"]);
    expect(operandsOf({ type: "cumulative", metric: "revenue" })).toEqual(["revenue"]);
    expect(operandsOf(all[3]?.spec ?? { type: "simple" })).toEqual(["revenue", "costs", "orders"]);
    const count = usage(all, [], []);
    expect(count.get("orders")).toBe(2);
    expect(count.get("costs")).toBe(1);
    expect(count.get("aov")).toBeUndefined();
  });
});

describe("formulas", () => {
  it("are read with the titles of their columns", () => {
    const title = (name: string) => ({ amount: "Amount paid", discount: "Discount/rebate" })[name] ?? name;
    expect(inWords("amount - discount * 2", title)).toBe("Amount paid − Discount/rebate × 2");
    expect(inWords("round(`amount`, 2)", title)).toBe("round(Amount paid, 2)");
    expect(inWords("case when amount > 1 then 1 end", title)).toBe("case when amount > 1 then 1 end");
  });

  it("keep precedence and brackets", () => {
    expect(parseFormula("a - b - c * 2")).toEqual({ kind: "op", op: "-", left: { kind: "op", op: "-", left: { kind: "name", name: "a" }, right: { kind: "name", name: "b" } }, right: { kind: "op", op: "*", left: { kind: "name", name: "c" }, right: { kind: "number", text: "2" } } });
    expect(namesIn(parseFormula("a / (b + coalesce(a, -`x y`))") ?? { kind: "number", text: "0" })).toEqual(["a", "b", "x y"]);
  });

  it.each(["", "a +", "(a", "a b", "a > b", "case when a then b end", "f(a,"])("give up on %j", (source) => expect(parseFormula(source)).toBeNull());
});

describe("differences", () => {
  it("compare word by word, Chinese by character", () => {
    expect(compareWords("expr: a + b", "expr: a - b").after.filter((p) => p.mark === "added").map((p) => p.text)).toEqual(["-"]);
    const { before, after } = compareWords("销售额", "净销售额");
    expect(before).toEqual([{ text: "销售额", mark: "" }]);
    expect(after[0]).toEqual({ text: "净", mark: "added" });
  });

  it("read unified diffs", () => {
    const lines = readDiff("--- a\n+++ b\n@@ -1,3 +1,3 @@\n kind: Metric\n-unit: CNY\n+unit: USD\n+role: result\n@@ -9 +9 @@\n-x\n");
    expect(lines.map((l) => l.kind)).toEqual(["same", "removed", "added", "added", "gap", "removed"]);
    expect(lines[1]?.pieces.map((p) => p.text).join("")).toBe("unit: CNY");
  });
});

describe("the form", () => {
  const draft: Draft = { ...emptyDraft, titleEn: "Revenue", dataset: "orders", agg: "sum", expr: " amount ", where: "channel = 'app'" };

  it("makes a definition and reads it again", () => {
    const made = definitionOf(draft, "revenue");
    expect(made.spec).toMatchObject({ type: "simple", dataset: "orders", agg: "sum", expr: "amount", where: "channel = 'app'" });
    expect(definitionOf(draftOf(made), "revenue", made)).toEqual(made);
  });

  it("keeps what the form does not show", () => {
    for (const spec of [
      { type: "simple", dataset: "stock", agg: "sum", expr: "n", balance: { take: "last", by: ["store"] }, pad: true },
      { type: "simple", dataset: "orders", agg: "weighted_avg", expr: "price", weight: "quantity" },
      { type: "simple", dataset: "orders", agg: "count_distinct", expr: "who", approximate: true, rules: "metricflow" },
      { type: "simple", dataset: "orders", agg: "percentile", expr: "amount", percentile: 0.9, discrete: true },
      { type: "ratio", numerator: { metric: "revenue" }, denominator: { metric: "revenue", offset: "1 month" } },
    ] as MetricSpec[]) {
      const before = metric("kept", spec);
      expect(JSON.parse(JSON.stringify(definitionOf(draftOf(before), "kept", before).spec))).toEqual(spec);
    }
  });

  it("keeps what it does not show", () => {
    const before = metric("m", { dataset: "d", agg: "sum", expr: "x", format: "0.0", time: "paid_at", pitfalls: { en: "p" } }, { synonyms: ["s"], tags: ["t"] });
    const after = definitionOf(draftOf(before), "m", before);
    expect(after.spec).toMatchObject({ format: "0.0", time: "paid_at", pitfalls: { en: "p" } });
    expect(after.metadata).toMatchObject({ synonyms: ["s"], tags: ["t"] });
  });

  it("holds metrics over other times", () => {
    for (const spec of [
      { type: "cumulative", metric: "revenue", window: "28 days" },
      { type: "cumulative", metric: "revenue", window: "1 month", reread: "average" },
      { type: "cumulative", metric: "revenue", toDate: "quarter" },
      { type: "cumulative", metric: "revenue" },
      { type: "conversion", base: { metric: "visits", where: "page = 'a'" }, conversion: { metric: "orders" }, entity: { base: "visitor", other: "customer" }, window: "90 minutes", calculation: "count", constant: [{ base: "product", conversion: "sku" }] },
      { type: "conversion", base: { metric: "visits" }, conversion: { metric: "orders" }, entity: { base: "who", other: "who" } },
      { type: "retention", base: { metric: "visits" }, return: { metric: "orders" }, entity: { base: "who", other: "who" }, period: "month", after: 3, bounded: true },
      { type: "retention", base: { metric: "visits" }, return: { metric: "orders" }, entity: { base: "who", other: "who" }, period: "day", after: 1 },
      { type: "derived", expr: "revenue - before", inputs: { before: { metric: "revenue", offset: "1 month" } } },
    ] as MetricSpec[]) {
      const before = metric("kept", spec, { title: { en: "Kept" } });
      expect(JSON.parse(JSON.stringify(definitionOf(draftOf(before), "kept", before).spec))).toEqual(spec);
      expect(complete(draftOf(before))).toBe(true);
    }
    const byName = definitionOf(draftOf(metric("m", { type: "conversion", base: { metric: "a" }, conversion: { metric: "b" }, entity: "who" })), "m").spec;
    expect(byName.entity).toEqual({ base: "who", other: "who" });
  });

  it("knows what is missing over other times", () => {
    const over = (way: Draft["way"], timed: Partial<Draft["timed"]>) => complete({ ...draft, way, timed: { ...emptyDraft.timed, ...timed } });
    expect(over("cumulative", {})).toBe(false);
    expect(over("cumulative", { metric: "a" })).toBe(true);
    expect(over("cumulative", { metric: "a", count: "0" })).toBe(false);
    expect(over("cumulative", { metric: "a", count: "0", span: "all" })).toBe(true);
    const sides = { base: { metric: "a" }, came: { metric: "b" } };
    expect(over("conversion", sides)).toBe(false);
    expect(over("conversion", { ...sides, who: "id" })).toBe(true);
    expect(over("conversion", { ...sides, who: "id", count: "" })).toBe(false);
    expect(over("conversion", { ...sides, who: "id", count: "", limited: false })).toBe(true);
    expect(over("retention", { ...sides, who: "id", after: "x" })).toBe(false);
  });

  it("knows when enough is there", () => {
    expect(complete(emptyDraft)).toBe(false);
    expect(complete(draft)).toBe(true);
    expect(complete({ ...draft, expr: "" })).toBe(false);
    expect(complete({ ...draft, agg: "count", expr: "" })).toBe(true);
    expect(complete({ ...draft, way: "ratio", numerator: { metric: "a" } })).toBe(false);
  });

  it("finds look-alikes", () => {
    expect(lookAlikes(draft, all, "").map((l) => [l.metric.metadata.name, l.exact])).toEqual([["revenue", false]]);
    expect(lookAlikes({ ...draft, where: "" }, all, "").map((l) => l.exact)).toEqual([true]);
    expect(lookAlikes({ ...draft, where: "" }, all, "revenue")).toEqual([]);
  });
});
