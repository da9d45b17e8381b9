import { describe, expect, it } from "vitest";
import { addDays, addPeriods, dayIn, formatAgo, formatDays, formatPeriod, formatSpan, secondsOf, spanOf } from "./date";

describe("days", () => {
  it("reads an instant in the zone of the answer", () => {
    expect(dayIn("2026-01-04T16:00:00Z", "Asia/Shanghai")).toBe("2026-01-05");
    expect(dayIn("2026-01-05T00:00:00+08:00", "Asia/Shanghai")).toBe("2026-01-05");
    expect(dayIn("2026-01-05", "America/New_York")).toBe("2026-01-05");
  });

  it("adds periods and clamps month ends", () => {
    expect(addDays("2026-03-01", -1)).toBe("2026-02-28");
    expect(addPeriods("2026-01-31", "month", 1)).toBe("2026-02-28");
    expect(addPeriods("2026-03-31", "quarter", -1)).toBe("2025-12-31");
    expect(addPeriods("2026-01-05", "week", -1)).toBe("2025-12-29");
    expect(addPeriods("2024-02-29", "year", 1)).toBe("2025-02-28");
  });
});

describe("names of periods", () => {
  it("speaks both languages", () => {
    expect(formatPeriod("2026-04-01", "quarter", "zh-CN")).toBe("2026年第2季度");
    expect(formatPeriod("2026-04-01", "quarter", "en")).toBe("Q2 2026");
    expect(formatPeriod("2026-04-01", "month", "en")).toBe("Apr 2026");
    expect(formatPeriod("2026-04-01", "year", "zh-CN")).toBe("2026年");
    expect(formatDays("2026-01-05", "2026-01-05", "en")).toBe("Jan 5, 2026");
    expect(formatDays("2026-01-05", "2026-01-11", "zh-CN")).toBe("2026年1月5日–11日");
    expect(formatDays("2026-01-26", "2026-02-01", "zh-CN")).toBe("2026年1月26日–2月1日");
    expect(formatDays("2025-12-29", "2026-01-04", "zh-CN")).toBe("2025年12月29日–2026年1月4日");
  });

  it("says how long ago", () => {
    const now = Date.parse("2026-01-05T12:00:00Z");
    expect(formatAgo("2026-01-05T10:00:00Z", "en", now)).toBe("2 hours ago");
    expect(formatAgo("2026-01-02T12:00:00Z", "zh-CN", now)).toBe("3天前");
    expect(formatAgo("2026-01-05T11:59:30Z", "en", now)).toBe("just now");
    expect(formatAgo("2026-01-05T11:59:30Z", "zh-CN", now)).toBe("刚刚");
  });
});

describe("spans", () => {
  it("read in both languages", () => {
    expect(formatSpan("30 hours", "en")).toBe("30 hours");
    expect(formatSpan("1 day", "zh-CN")).toBe("1天");
    expect(formatSpan("PT5M", "en")).toBe("PT5M");
  });
});

it("reads durations as Go writes them", () => {
  expect(secondsOf("7h40m")).toBe(27_600);
  expect(secondsOf("26h0m0s")).toBe(93_600);
  expect(secondsOf("90s")).toBe(90);
  expect(secondsOf(undefined)).toBe(0);
});

it("tells a span in its largest unit, and never as more than it is", () => {
  expect(spanOf(0, "en")).toBe("0 seconds");
  expect(spanOf(59, "en")).toBe("59 seconds");
  expect(spanOf(60, "en")).toBe("1 minute");
  expect(spanOf(7199, "en")).toBe("1 hour");
  expect(spanOf(86_400 * 3, "en")).toBe("3 days");
  expect(spanOf(300, "zh-CN")).toBe("5分钟");
});
