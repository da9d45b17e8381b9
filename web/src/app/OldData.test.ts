import { expect, it } from "vitest";
import { oldSince } from "./OldData";

it("tells when all data are old", () => {
  const now = Date.parse("2026-11-29T00:00:00Z");
  expect(oldSince([], now)).toBeUndefined();
  expect(oldSince([undefined, "", "2017-12-31T00:00:00Z", "1998-06-30T00:00:00Z"], now)).toBe("2017-12-31T00:00:00Z");
  expect(oldSince(["2017-12-31T00:00:00Z", "2026-11-01T00:00:00Z"], now)).toBeUndefined();
});
