import { expect, it } from "vitest";
import { formatDuration, lateSince } from "./late";

it("names the time of today, and the day when it was another", () => {
  const now = new Date(2026, 0, 5, 12, 0).getTime();
  expect(lateSince("4h20m", "zh-CN", now)).toBe("07:40");
  expect(lateSince("30h0m", "zh-CN", now)).toContain("1月4日");
  expect(lateSince(undefined, "en", now)).toBe("");
});

it("writes how long a run took", () => {
  expect(formatDuration("2026-01-05T00:00:00Z", "2026-01-05T00:00:00.250Z", "en")).toBe("250\u00a0ms");
  expect(formatDuration("2026-01-05T00:00:00Z", "2026-01-05T00:02:05Z", "zh-CN")).toBe("2 分 5 秒");
  expect(formatDuration("2026-01-05T00:00:00Z", undefined, "en")).toBe("");
});
