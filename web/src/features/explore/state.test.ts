import { describe, expect, it } from "vitest";
import { decode, emptyAsk, encode, type Ask } from "./state";

const full: Ask = {
  metrics: ["revenue", "orders"],
  options: [
    { metric: "revenue", kind: "share", periods: 0 },
    { metric: "orders", kind: "rank", periods: 0 },
    { metric: "revenue", kind: "moving", periods: 12 },
  ],
  by: ["store.city.region", "a,b~c"],
  grain: "month",
  filters: [
    { dimension: "channel", op: "in", values: ["门店", null, "a&b=c\"'"] },
    { dimension: "amount", op: "from", values: [12.5] },
    { dimension: "", op: "if", values: ["amount > 3 and not gift"] },
    { dimension: "member", op: "not", values: [true] },
  ],
  time: "2026-01-01..2026-04-01",
  compare: "previous_year",
  top: 0,
  order: "-orders",
  shown: "orders",
  chart: "heat",
  side: "sql",
};

describe("the address of a question", () => {
  it("keeps everything, through text and back", () => {
    expect(decode(new URLSearchParams(encode(full).toString()))).toEqual(full);
    expect(decode(encode(emptyAsk))).toEqual(emptyAsk);
  });

  it("does not write what is usual", () => {
    expect(encode(emptyAsk).toString()).toBe("");
    expect(encode({ ...emptyAsk, metrics: ["revenue"], grain: "week" }).toString()).toBe("m=revenue&g=week");
  });

  it.each(["last:30 day", "this:month", "to_date:year", "all", "2026-01-01..2026-02-01"])("reads the range %s", (time) => {
    expect(decode(encode({ ...emptyAsk, time })).time).toBe(time);
  });

  it("leaves out what it does not understand", () => {
    const ask = decode(new URLSearchParams({ m: "a,a,b", g: "fortnight", f: '[["x","in"],["y","like","z"],3,["z","in",{}],["ok","in","v"]]', t: "yesterday", c: "moon", top: "many" }));
    expect(ask).toEqual({ ...emptyAsk, metrics: ["a", "b"], filters: [{ dimension: "ok", op: "in", values: ["v"] }] });
    expect(decode(new URLSearchParams({ f: "{" })).filters).toEqual([]);
    expect(decode(new URLSearchParams({ f: "null" })).filters).toEqual([]);
  });

  it("writes options beside their metrics and drops those without one", () => {
    expect(encode(full).get("x")).toBe("share:revenue,rank:orders,moving12:revenue");
    const read = (x: string) => decode(new URLSearchParams({ m: "a,b:c", x })).options;
    expect(read("share:b:c,moving7:a")).toEqual([
      { metric: "b:c", kind: "share", periods: 0 },
      { metric: "a", kind: "moving", periods: 7 },
    ]);
    expect(read("share:gone,moving:a,moving0:a,rank,mean:a,share:a,share:a")).toEqual([{ metric: "a", kind: "share", periods: 0 }]);
  });

  it("survives made-up texts", () => {
    const alphabet = [..."ab,~01'\"`\\%&=+#[]{}中文 \n"];
    let seed = 7;
    const next = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const word = () => Array.from({ length: 1 + next(6) }, () => alphabet[next(alphabet.length)]).join("");
    for (let i = 0; i < 500; i++) {
      const metric = word();
      const ask: Ask = { ...emptyAsk, metrics: [metric], options: [{ metric, kind: "moving", periods: 1 + next(900) }], by: [...new Set([word(), word()])], filters: [{ dimension: word(), op: "in", values: [word(), next(9), null, true] }], order: word(), shown: word() };
      expect(decode(new URLSearchParams(encode(ask).toString()))).toEqual(ask);
    }
  });
});
