import { describe, expect, it } from "vitest";
import { literal, quotePath } from "@/lib/expr";
import { filterExpr, placeOf, rangeOf, requestOf, whereOf } from "./question";
import { addsUp, gridOf, shapesOf } from "./shape";
import { emptyAsk, type Filter } from "./state";
import { visit } from "./trail";

const text = () => "string";
const of = (op: Filter["op"], ...values: Filter["values"]): Filter => ({ dimension: "channel", op, values });

describe("conditions", () => {
  it("quote names and texts", () => {
    expect(quotePath("store.city")).toBe("store.city");
    expect(quotePath("store.城 市.and")).toBe("store.`城 市`.`and`");
    expect(literal("it's", "string")).toBe("'it''s'");
    expect(literal("12", "integer")).toBe("12");
    expect(literal("1); x", "integer")).toBe("'1); x'");
    expect(literal("2026-01-05", "date")).toBe("'2026-01-05'");
  });

  it("treat a missing value as a value", () => {
    expect(filterExpr(of("in", "a"), "string")).toBe("channel = 'a'");
    expect(filterExpr(of("in", "a", "b"), "string")).toBe("channel in ('a', 'b')");
    expect(filterExpr(of("in", null), "string")).toBe("channel is null");
    expect(filterExpr(of("in", "a", null), "string")).toBe("(channel = 'a' or channel is null)");
    // Leaving out "a" must not leave out the rows without a value.
    expect(filterExpr(of("not", "a"), "string")).toBe("(channel <> 'a' or channel is null)");
    expect(filterExpr(of("not", "a", "b", null), "string")).toBe("(channel not in ('a', 'b') and channel is not null)");
    expect(filterExpr(of("not", null), "string")).toBe("channel is not null");
  });

  it("are joined", () => {
    expect(whereOf([], text)).toBeUndefined();
    expect(whereOf([of("in", "a")], text)).toBe("channel = 'a'");
    expect(whereOf([of("from", 3), { dimension: "", op: "if", values: ["x or y"] }], () => "integer")).toBe("(channel >= 3) and (x or y)");
  });
});

describe("the query object", () => {
  it("needs a metric", () => expect(requestOf(emptyAsk, text)).toBeNull());

  it("holds what was chosen", () => {
    expect(requestOf({ ...emptyAsk, metrics: ["revenue"], by: ["city"], grain: "month", time: "last:6 month", compare: "previous_year" }, text)).toEqual({
      metrics: ["revenue"],
      by: [{ time: "month" }, "city"],
      where: undefined,
      time: { last: "6 month" },
      compare: { to: "previous_year" },
      totals: true,
      top: { n: 8, by: "revenue", others: true },
      order: undefined,
      fill: true,
      limit: 2000,
    });
  });

  it("does not compare or fill all of time", () => {
    const request = requestOf({ ...emptyAsk, metrics: ["a"], grain: "year", time: "all", compare: "previous_year" }, text);
    expect(request?.time).toBeUndefined();
    expect(request?.compare).toBeUndefined();
    expect(request?.fill).toBeUndefined();
  });

  it("compares whole weeks with whole weeks", () => {
    const compare = (grain: "week" | "month") => requestOf({ ...emptyAsk, metrics: ["a"], grain, compare: "previous_year" }, text)?.compare;
    expect(compare("week")).toEqual({ to: "previous_year", align: "weekday" });
    expect(compare("month")).toEqual({ to: "previous_year" });
  });

  it("reads ranges", () => {
    expect(rangeOf("", "")).toEqual({ last: "13 week" });
    expect(rangeOf("", "month")).toEqual({ last: "13 month" });
    expect(rangeOf("2026-01-01..2026-02-01", "")).toEqual({ from: "2026-01-01", to: "2026-02-01" });
    expect(rangeOf("to_date:month", "week")).toEqual({ to_date: "month" });
  });

  it("knows where an error belongs", () => {
    expect(placeOf("by[1]")).toBe("by");
    expect(placeOf("metrics[0].where")).toBe("metrics");
    expect(placeOf("where")).toBe("filters");
    expect(placeOf("timezone")).toBe("time");
    expect(placeOf("somewhere")).toBeNull();
  });
});

describe("the chart", () => {
  it("follows the shape of the answer", () => {
    expect(shapesOf({ by: [], grain: "" })[0]).toBe("values");
    expect(shapesOf({ by: [], grain: "week" })[0]).toBe("line");
    expect(shapesOf({ by: ["a"], grain: "week" })[0]).toBe("lines");
    expect(shapesOf({ by: ["a"], grain: "" })[0]).toBe("bars");
    expect(shapesOf({ by: ["a", "b"], grain: "" })[0]).toBe("heat");
    expect(shapesOf({ by: ["a", "b", "c"], grain: "" })[0]).toBe("table");
  });

  it("lays rows out as a grid", () => {
    const grid = gridOf([["2026-02", "b", 5], ["2026-01", "a", 1], ["2026-01", "b", null]], 0, 1, 2, true);
    expect(grid).toEqual({ xs: ["2026-01", "2026-02"], ys: ["b", "a"], values: [[null, 5], [1, null]] });
  });

  it("shows shares only of what adds up", () => {
    expect(addsUp([1, 2, null], 3)).toBe(true);
    expect(addsUp([1, 2], 2.5)).toBe(false);
    expect(addsUp([4, -1], 3)).toBe(false);
    expect(addsUp([], null)).toBe(false);
  });
});

describe("undo and redo", () => {
  it("remember addresses", () => {
    let trail = visit({ entries: ["a"], at: 0 }, "b");
    trail = visit(trail, "c");
    expect(trail).toEqual({ entries: ["a", "b", "c"], at: 2 });
    trail = visit(trail, "b"); // back
    expect(trail.at).toBe(1);
    expect(visit(trail, "c").at).toBe(2); // forward
    expect(visit(trail, "d")).toEqual({ entries: ["a", "b", "d"], at: 2 });
    expect(visit(trail, "b")).toBe(trail);
  });
});
