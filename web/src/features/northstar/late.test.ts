import { describe, expect, it } from "vitest";
import type { Point } from "@/api/types";
import { judgementOf, seriesOf } from "./late";
import { lateDatasets } from "./LateNotice";

const point = (day: string): Point => ({ time: `${day}T00:00:00+08:00`, value: 1, target: null, incomplete: false });
const series = ["2026-11-02", "2026-11-09", "2026-11-16"].map(point);
const loadedAt = "2026-11-22T00:00:00Z";

describe("late data", () => {
  it("leave the periods open that they do not cover", () => {
    const open = (dataTo: string) => seriesOf({ freshness: { loadedAt, late: true, dataTo }, series }).map((p) => p.incomplete);
    expect(open("2026-11-12T23:51:01+08:00")).toEqual([false, true, true]);
    expect(open("2026-11-18T10:00:00+08:00")).toEqual([false, false, true]);
    expect(open("2026-10-31T10:00:00+08:00")).toEqual([true, true, true]);
    expect(seriesOf({ freshness: { loadedAt, dataTo: "2026-11-12T23:51:01+08:00" }, series })).toBe(series);
  });

  it("are not judged", () => {
    expect(judgementOf({ freshness: { loadedAt, late: true }, judgement: "good", series })).toBe("none");
    expect(judgementOf({ freshness: { loadedAt }, judgement: "good", series })).toBe("good");
  });

  it("are named once per dataset", () => {
    const late = { code: "late", params: { dataset: "complaints", dataTo: "2026-11-12T23:51:01+08:00", title: { zh: "投诉" } }, text: {} };
    expect(lateDatasets([late, late, { code: "incomplete_period", text: {} }])).toEqual([{ dataset: "complaints", title: { zh: "投诉" }, dataTo: "2026-11-12T23:51:01+08:00" }]);
  });
});
