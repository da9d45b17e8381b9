import { describe, expect, it } from "vitest";
import type { DetectedColumn, Detection } from "../types";
import { draftOf, hasNaiveTimes, problemsOf, redraft, requestOf, specOf } from "./draft";
import { badCount, betterType, patternExample, reads, retype, typeOptions } from "./reading";

const column = (name: string, type: string, rest: Partial<DetectedColumn> = {}): DetectedColumn => ({ header: name, name, type, values: 300, missing: 0, distinct: 10, bad: 0, ...rest });

const sales: Detection = {
  format: { type: "csv", delimiter: ",", encoding: "gb18030", header: 3, skipFooter: 1 },
  columns: [
    column("order_id", "string", { header: "订单编号", title: { zh: "订单编号" } }),
    column("ordered_at", "timestamp", { header: "下单时间", samples: ["2026-01-05 10:00:00"] }),
    column("amount", "string", { header: "金额", fits: [{ type: "decimal", format: "1,234.50", count: 299 }] }),
  ],
  sample: [["SO1", "2026-01-05 10:00:00", "¥1,200.50"]],
  sampled: 300,
  complete: true,
  key: [{ columns: ["order_id"], rows: 300 }],
  time: "ordered_at",
  name: "dataset_1",
  spec: {
    columns: [
      { name: "order_id", source: "订单编号", type: "string" },
      { name: "ordered_at", source: "下单时间", type: "timestamp" },
      { name: "amount", source: "金额", type: "string" },
    ],
    source: { files: [], format: { type: "csv", header: 3 } },
  },
};
const draft = () => draftOf(sales, "销售明细.csv", "Asia/Shanghai", []);

describe("a draft", () => {
  it("takes over what was detected", () => {
    expect(draft()).toMatchObject({ name: "dataset_1", title: { zh: "销售明细" }, key: [0], time: 1, target: "" });
    expect(draftOf(sales, "a.csv", "UTC", ["dataset_1"]).name).not.toBe("dataset_1");
  });

  it("keeps headers as sources and follows renamed key columns", () => {
    const d = draft();
    d.columns = d.columns.map((c) => (c.name === "order_id" ? { ...c, name: "number" } : c));
    const spec = specOf(d, sales);
    expect(spec.columns[0]).toMatchObject({ name: "number", source: "订单编号", title: { zh: "订单编号" } });
    expect(spec.primaryKey).toEqual(["number"]);
    expect(spec.time).toBe("ordered_at");
    expect(spec.zone).toBe("Asia/Shanghai");
    expect(spec.source?.format?.header).toBe(3);
  });

  it("drops key and time with a column that is left out, and tells the load to ignore it", () => {
    const d = draft();
    d.columns = d.columns.map((c, i) => ({ ...c, leaveOut: i < 2 }));
    const request = requestOf("u1", d, sales);
    expect(request.ignoreExtra).toBe(true);
    expect(request.create?.spec.primaryKey).toBeUndefined();
    expect(request.create?.spec.time).toBeUndefined();
    expect(request.create?.spec.zone).toBeUndefined();
  });

  it("asks for a mode only where there are rows", () => {
    const d = { ...draft(), target: "sales" };
    expect(problemsOf(d, sales, [], true)).toEqual(["mode"]);
    expect(problemsOf(d, sales, [], false)).toEqual([]);
    expect(problemsOf(d, { ...sales, extra: ["x"], missing: ["y"] }, [], false)).toEqual(["extra", "missing"]);
  });

  it("names what cannot be used as a name", () => {
    expect(problemsOf({ ...draft(), name: "Sales" }, sales, [], false)).toContain("name");
    expect(problemsOf({ ...draft(), name: "upload" }, sales, [], false)).toContain("name");
    expect(problemsOf(draft(), sales, ["dataset_1"], false)).toContain("taken");
    const d = draft();
    d.columns = d.columns.map((c) => ({ ...c, name: "x" }));
    expect(problemsOf(d, sales, [], false)).toContain("columnTwice");
  });

  it("keeps choices over a second look, but not for other columns", () => {
    const d = { ...draft(), name: "sales", key: [], time: null };
    d.columns = d.columns.map((c) => ({ ...c, title: { en: "mine" } }));
    expect(redraft(d, draft())).toMatchObject({ name: "sales", key: [], time: null, columns: d.columns });
    const other = { ...sales, columns: sales.columns.slice(1) };
    expect(redraft(d, draftOf(other, "a.csv", "UTC", [])).columns).toHaveLength(2);
  });
});

describe("types", () => {
  it("offers what fits first, text always", () => {
    const amount = sales.columns.find((c) => c.name === "amount") ?? column("none", "string");
    const chosen = draft().columns.filter((c) => c.name === "amount");
    expect(typeOptions(amount).map((o) => [o.type, o.count])).toEqual([["string", 300], ["decimal", 299]]);
    expect(chosen.map((c) => betterType(amount, c)?.type)).toEqual(["decimal"]);
    const [money] = chosen.map((c) => retype(c, "decimal", "1,234.50", ["¥1,200.505", null]));
    if (money === undefined) throw new Error("no such column");
    expect(money).toMatchObject({ precision: 18, scale: 3 });
    expect(badCount(amount, money)).toBe(1);
    expect(badCount(amount, { ...money, nulls: ["待定"] })).toBe(0);
    expect(badCount(amount, { ...money, type: "date", format: "" })).toBe(300);
  });

  it("leaves out patterns that rescue nothing", () => {
    const id = column("id", "integer", { fits: [{ type: "integer", count: 300 }, { type: "decimal", count: 300 }, { type: "decimal", format: "1,234.50", count: 300 }] });
    expect(typeOptions(id).filter((o) => o.format)).toEqual([]);
  });

  it("marks cells that do not read", () => {
    const as = (type: string, format = "") => ({ type, format, nulls: ["-"] });
    expect(reads("¥1,200.50", as("decimal", "1,234.50"))).toBe(true);
    expect(reads("(1.234,50)", as("decimal", "1.234,50"))).toBe(true);
    expect(reads("¥1,200.50", as("decimal"))).toBe(false);
    expect(reads("12.5", as("integer"))).toBe(false);
    expect(reads("2026年1月5日", as("date", "%Y年%m月%d日"))).toBe(true);
    expect(reads("不详", as("date"))).toBe(false);
    expect(reads("-", as("integer"))).toBe(true);
    expect(reads("是", as("boolean"))).toBe(true);
    expect(reads("maybe", as("boolean"))).toBe(false);
    expect(reads("45000.5", as("timestamp", "excel"))).toBe(true);
  });

  it("shows patterns on a day", () => {
    expect(patternExample("%Y年%m月%d日")).toBe("2026年1月5日");
    expect(patternExample("%Y%m%d")).toBe("20260105");
    expect(patternExample("%d.%m.%Y")).toBe("05.01.2026");
    expect(patternExample("1,234.50")).toBe("1,234.50");
  });

  it("asks for a zone only when a time lacks it", () => {
    expect(hasNaiveTimes(draft(), sales)).toBe(true);
    const zoned = { ...sales, columns: sales.columns.map((c) => ({ ...c, samples: ["2026-01-05T10:00:00+08:00"] })) };
    expect(hasNaiveTimes(draftOf(zoned, "a.csv", "UTC", []), zoned)).toBe(false);
  });
});
