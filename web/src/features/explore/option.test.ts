import { describe, expect, it } from "vitest";
import { decodeOption, encodeOption, optionsFor, optionsOf, outputsOf } from "./option";
import { requestOf } from "./question";
import { emptyAsk, type Ask } from "./state";

const ask: Ask = {
  ...emptyAsk,
  metrics: ["revenue", "orders"],
  by: ["city"],
  grain: "week",
  options: [
    { metric: "revenue", kind: "share", periods: 0 },
    { metric: "orders", kind: "rank", periods: 0 },
    { metric: "revenue", kind: "moving", periods: 4 },
    { metric: "gone", kind: "share", periods: 0 },
  ],
};

describe("options of metrics", () => {
  it.each(["share:revenue", "rank:a:b", "moving28:revenue", "share:moving7:x"])("reads and writes %s", (text) => {
    const option = decodeOption(text);
    expect(option === null ? null : encodeOption(option)).toBe(text);
  });

  it.each(["", "share", "share:", "mean:a", "moving:a", "moving0:a", "moving1000:a", "rank4:a"])("does not read %j", (text) => expect(decodeOption(text)).toBeNull());

  it("are offered where the question has something for them", () => {
    expect(optionsFor({ by: [], grain: "" }, "a")).toEqual([]);
    expect(optionsFor({ by: ["city"], grain: "" }, "a").map(encodeOption)).toEqual(["share:a", "rank:a"]);
    expect(optionsFor({ by: [], grain: "day" }, "a").map(encodeOption)).toEqual(["share:a", "rank:a", "moving7:a", "moving28:a"]);
  });

  it("stand behind the metrics in the question, and the chart may show one", () => {
    const request = requestOf({ ...ask, shown: "revenue_moving_4" }, () => "string");
    expect(request?.metrics).toEqual(["revenue", "orders", { metric: "revenue", as: "revenue_share", share: {} }, { metric: "orders", as: "orders_rank", rank: {} }, { metric: "revenue", as: "revenue_moving_4", moving: { window: "4 week" } }]);
    expect(request?.top?.by).toBe("revenue_moving_4");
    expect(outputsOf(ask)).toEqual(["revenue", "orders", "revenue_share", "orders_rank", "revenue_moving_4"]);
  });

  it("wait while the question has nothing for them", () => {
    expect(optionsOf({ ...ask, grain: "" }).map(encodeOption)).toEqual(["share:revenue", "rank:orders"]);
    expect(optionsOf({ ...ask, grain: "", by: [] })).toEqual([]);
  });
});
