/** Lists whose things have pages below them, and what the list is called (`nav.KEY`); deeper ones first. */
const lists = [
  { path: "/data/connections", key: "connections" },
  { path: "/data/entities", key: "entities" },
  { path: "/data/events", key: "events" },
  { path: "/data/processes", key: "processes" },
  { path: "/data", key: "data" },
  { path: "/metrics", key: "metrics" },
  { path: "/targets", key: "targets" },
  { path: "/trees", key: "trees" },
] as const;

export type Place = (typeof lists)[number];

/** The lists that a page stands below, the nearest last. */
export function placesAbove(pathname: string): Place[] {
  return lists.filter(({ path }) => pathname.startsWith(`${path}/`)).toReversed();
}

/** What stands below the list of data beside datasets. */
const taken = new Set(["assets", "connections", "entities", "events", "impact", "prepare", "processes", "upload"]);

/** The address of a dataset's page; one that is called like another page has a longer one. */
export function datasetPath(name: string): string {
  return `/data/${taken.has(name) ? "dataset-named/" : ""}${encodeURIComponent(name)}`;
}
