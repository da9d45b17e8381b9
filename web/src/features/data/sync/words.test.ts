import { expect, test } from "vitest";
import { spanOf } from "./words";

test("a span is told in its largest unit, and never as more than it is", () => {
  expect(spanOf(0, "en")).toBe("0 seconds");
  expect(spanOf(59, "en")).toBe("59 seconds");
  expect(spanOf(60, "en")).toBe("1 minute");
  expect(spanOf(7199, "en")).toBe("1 hour");
  expect(spanOf(86_400 * 3, "en")).toBe("3 days");
  expect(spanOf(300, "zh-CN")).toBe("5分钟");
});
