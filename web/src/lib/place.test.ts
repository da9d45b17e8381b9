import { expect, test } from "vitest";
import { placesAbove } from "./place";

test("a page stands below its lists, the nearest last", () => {
  const keys = (path: string) => placesAbove(path).map((p) => p.key);
  expect(keys("/data/connections/shop/edit")).toEqual(["data", "connections"]);
  expect(keys("/data/connections")).toEqual(["data"]);
  expect(keys("/data/orders")).toEqual(["data"]);
  expect(keys("/data")).toEqual([]);
  expect(keys("/trees/growth")).toEqual(["trees"]);
  expect(keys("/database")).toEqual([]);
});
