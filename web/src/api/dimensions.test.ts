import { describe, expect, it } from "vitest";
import { inReadingOrder } from "./dimensions";

const dimension = (name: string, type = "string", fits = true, zh = name) => ({ name, type, fits, title: { zh }, dataset: "orders" });

describe("the order of dimensions", () => {
  it("puts words first, numbers after them, keys last", () => {
    const list = [dimension("order_id"), dimension("line", "integer"), dimension("channel"), dimension("store.city.id"), dimension("no", "string", true, "会员编号"), dimension("big", "boolean"), dimension("paid")];
    expect(inReadingOrder(list).map((d) => d.name)).toEqual(["channel", "big", "paid", "line", "order_id", "store.city.id", "no"]);
  });

  it("puts what does not fit after what does", () => {
    expect(inReadingOrder([dimension("channel", "string", false), dimension("order_id")]).map((d) => d.name)).toEqual(["order_id", "channel"]);
  });
});
