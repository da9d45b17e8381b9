import { expect, test } from "vitest";
import { datasetPath, placesAbove } from "./place";

test("a page stands below its lists, the nearest last", () => {
  const keys = (path: string) => placesAbove(path).map((p) => p.key);
  expect(keys("/data/connections/shop/edit")).toEqual(["data", "connections"]);
  expect(keys("/data/connections")).toEqual(["data"]);
  expect(keys("/data/orders")).toEqual(["data"]);
  expect(keys("/data")).toEqual([]);
  expect(keys("/trees/growth")).toEqual(["trees"]);
  expect(keys("/database")).toEqual([]);
});

test("a dataset that is called like a page of data has an address of its own", () => {
  expect(datasetPath("orders")).toBe("/data/orders");
  expect(datasetPath("events")).toBe("/data/dataset-named/events");
  expect(placesAbove(datasetPath("events")).map((p) => p.key)).toEqual(["data"]);
});

test("every page of data whose address could be the name of a dataset is known", async () => {
  const routes = (await import("../app/routes.tsx?raw")).default as string;
  const beside = [...routes.matchAll(/page\("data\/([a-z][a-z0-9_]*)[/"]/g)].map((m) => m[1] ?? "");
  expect(beside).toContain("events");
  for (const name of beside) expect(datasetPath(name)).toBe(`/data/dataset-named/${name}`);
});
