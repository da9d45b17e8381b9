// Every page, with every tab of it, as the demo fills them.

const tabs = (path, names) => names.map((name) => ({ path: `${path}?tab=${name}`, name: `${path}, ${name}` }));

/** The pages that the signed-in person of the demo sees; `name` is for people. */
export const demoRoutes = [
  { path: "/", name: "North Star" },
  ...["trend", "why", "split", "definition"].map((tab) => ({ path: `/?metric=conversion&tab=${tab}`, name: `North Star, panel ${tab}` })),
  { path: "/?why=dimension", name: "North Star, by dimension" },
  { path: "/metrics", name: "Metrics" },
  { path: "/metrics?q=xyzzy", name: "Metrics, nothing found" },
  { path: "/metrics?compare=revenue,gross_sales", name: "Metrics, compare" },
  { path: "/metrics/revenue", name: "Metric" },
  ...tabs("/metrics/conversion", ["overview", "trend", "lineage", "used", "history", "code"]),
  { path: "/metrics/new", name: "New metric" },
  { path: "/metrics/conversion/edit", name: "Edit a metric" },
  { path: "/explore", name: "Explore, nothing chosen" },
  { path: "/explore?m=revenue&g=week&c=previous_year", name: "Explore, line" },
  { path: "/explore?m=revenue,orders&by=store.name", name: "Explore, bars" },
  { path: "/explore?m=revenue&by=store.city.region.name&g=week&side=plan", name: "Explore, plan" },
  { path: "/explore?m=conversion&by=no_such_column", name: "Explore, a question that fails" },
  { path: "/data", name: "Data" },
  { path: "/data/upload", name: "Upload" },
  { path: "/data/connections", name: "Connections" },
  { path: "/data/connections/new", name: "New connection" },
  { path: "/data/entities", name: "Entities" },
  ...tabs("/data/events", ["plan", "quarantine", "proposals"]),
  { path: "/data/events/no_such_event", name: "An event that is not there" },
  ...tabs("/data/orders", ["preview", "profile", "quality", "lineage", "relations", "columns", "rejects", "loads", "code"]),
  { path: "/data/impact/orders", name: "Impact of a dataset" },
  { path: "/data/assets", name: "Assets" },
  { path: "/data/prepare", name: "Prepare a dataset" },
  { path: "/trees", name: "Trees" },
  { path: "/trees/growth", name: "Edit a tree" },
  { path: "/trees/new", name: "New tree" },
  { path: "/targets", name: "Targets" },
  { path: "/targets/weekly_repeat_orders", name: "Edit a target" },
  { path: "/targets/new", name: "New target" },
  ...tabs("/admin", ["users", "tokens", "audit", "settings"]),
  { path: "/welcome", name: "Welcome" },
  { path: "/metrics/no_such_metric", name: "A metric that is not there" },
  { path: "/nowhere", name: "Not found" },
];

/** What a workspace shows before anything is in it. */
export const emptyRoutes = ["/", "/metrics", "/metrics/new", "/explore", "/data", "/data/events", "/data/events?tab=quarantine", "/data/events?tab=proposals", "/data/connections", "/data/entities", "/data/assets", "/trees", "/trees/new", "/targets", "/targets/new"].map((path) => ({ path, name: `${path}, empty` }));
