import { describe, expect, it } from "vitest";
import { drill, keepOnly, leaveOut, whyPath, type Mark } from "./mark";
import { emptyAsk, type Ask } from "./state";

const ask: Ask = { ...emptyAsk, metrics: ["orders"], by: ["region", "channel"], grain: "month", filters: [{ dimension: "region", op: "in", values: ["a", "b"] }] };
const mark: Mark = { members: [{ dimension: "region", value: "a" }], time: "2026-02-01" };

describe("pressing a mark", () => {
  it("keeps only it and looks closer in time", () => {
    expect(keepOnly(ask, mark)).toMatchObject({ by: ["channel"], filters: [{ dimension: "region", op: "in", values: ["a"] }], time: "2026-02-01..2026-03-01", grain: "day" });
    expect(keepOnly({ ...ask, grain: "" }, { ...mark, time: "" }).time).toBeUndefined();
  });

  it("leaves it out", () => expect(leaveOut(ask, { dimension: "channel", value: null }).filters?.at(-1)).toEqual({ dimension: "channel", op: "not", values: [null] }));

  it("splits it further", () => {
    expect(drill(ask, mark, "store")).toMatchObject({ by: ["channel", "store"], grain: "" });
    expect(drill(ask, { ...mark, time: "" }, "channel")).toMatchObject({ by: ["channel"] });
  });

  it("leads to the explanation", () => {
    const path = whyPath("orders", ask, mark, [], (f) => f.dimension);
    expect(path.startsWith("/metrics/orders?tab=trend&g=month&p=2026-02-01&why=")).toBe(true);
    expect(decodeURIComponent(path)).toContain("region+=+'a'");
  });
});
