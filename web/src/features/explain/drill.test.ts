import { describe, expect, it } from "vitest";
import { decodeSteps, encodeSteps, target, type DrillStep } from "./drill";

const steps: DrillStep[] = [
  { kind: "member", value: "region = '华东'", label: "华东" },
  { kind: "metric", value: "orders", label: "Orders" },
  { kind: "member", value: "channel is null", label: "no value" },
];

describe("drilling down", () => {
  it("goes through the URL unharmed", () => {
    expect(decodeSteps(encodeSteps(steps))).toEqual(steps);
    expect(encodeSteps([])).toBe("");
  });

  it("ignores what it did not write", () => {
    for (const text of ["", "{", "1", "[[1]]", '[["x","a","b"]]', '[["m",1,"b"]]', "null"]) expect(decodeSteps(text)).toEqual([]);
  });

  it("narrows with members and replaces with metrics", () => {
    expect(target("revenue", [])).toEqual({ metric: "revenue", where: "" });
    expect(target("revenue", steps)).toEqual({ metric: "orders", where: "(region = '华东') and (channel is null)" });
    expect(target("revenue", steps.slice(0, 1), "channel = 'web'").where).toBe("(channel = 'web') and (region = '华东')");
    expect(target("revenue", steps.slice(0, 1))).toEqual({ metric: "revenue", where: "region = '华东'" });
  });
});
