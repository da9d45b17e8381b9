import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { loadStrings } from "@/i18n";
import { NotFound, PageError } from "./Failure";
import { MovedForm, type Moved } from "./MovedForm";
import { Root } from "./Root";

type Pages = Record<string, ComponentType>;

/**
 * A page that comes with its code and its strings only when it is opened. A form
 * that had the address of what may be called `new` stands elsewhere now: names
 * have no hyphen.
 */
function page<M extends object>(path: string, areas: string[], load: () => Promise<M>, name: keyof M & string, moved?: Omit<Moved, "children">): RouteObject {
  return {
    path: path === "/" ? undefined : path,
    index: path === "/",
    lazy: async () => {
      const [module] = await Promise.all([load(), ...areas.map(loadStrings)]);
      const Component = (module as unknown as Pages)[name];
      if (moved === undefined || Component === undefined) return { Component };
      return { element: <MovedForm {...moved}><Component /></MovedForm> };
    },
    errorElement: <PageError />,
  } as RouteObject;
}

/** The routes. Made once the strings can be loaded: the first page is fetched at once. */
export const makeRouter = () => createBrowserRouter([
  {
    path: "/",
    element: <Root />,
    errorElement: <PageError />,
    HydrateFallback: () => null,
    children: [
      page("/", ["northstar", "explain"], () => import("@/features/northstar"), "NorthStarPage"),
      page("welcome", ["session"], () => import("@/features/session/Welcome"), "Welcome"),
      page("metrics", ["metrics"], () => import("@/features/metrics"), "MetricsPage"),
      page("metrics/new-metric", ["metrics", "write", "assets"], () => import("@/features/metrics"), "MetricFormPage"),
      page("metrics/:name", ["metrics", "explain", "write", "assets"], () => import("@/features/metrics"), "MetricPage", { plural: "metrics", form: "/metrics/new-metric" }),
      page("metrics/:name/edit", ["metrics", "write", "assets"], () => import("@/features/metrics"), "MetricFormPage"),
      page("explore", ["explore", "write"], () => import("@/features/explore"), "ExplorePage"),
      page("data", ["data", "sync"], () => import("@/features/data"), "DataPage"),
      page("data/upload", ["data"], () => import("@/features/data"), "UploadPage"),
      page("data/entities", ["identity"], () => import("@/features/identity"), "EntitiesPage"),
      page("data/new-entity", ["identity", "write"], () => import("@/features/identity"), "EntityFormPage"),
      page("data/entities/:name/edit", ["identity", "write"], () => import("@/features/identity"), "EntityFormPage"),
      page("data/entities/:name", ["identity", "write"], () => import("@/features/identity"), "IdentityPage"),
      page("data/assets", ["assets"], () => import("@/features/assets"), "AssetsPage"),
      page("data/impact/:name", ["assets"], () => import("@/features/assets"), "ImpactPage"),
      page("data/connections", ["connections"], () => import("@/features/connections"), "ConnectionsPage"),
      page("data/connections/new-connection", ["connections"], () => import("@/features/connections"), "ConnectionFormPage"),
      page("data/connections/:name", ["connections"], () => import("@/features/connections"), "ConnectionPage", { plural: "connections", form: "/data/connections/new-connection" }),
      page("data/connections/:name/bring", ["connections", "data"], () => import("@/features/connections"), "BringFilesPage"),
      page("data/connections/:name/edit", ["connections"], () => import("@/features/connections"), "ConnectionFormPage"),
      page("data/events", ["events"], () => import("@/features/events"), "EventsPage"),
      page("data/new-event", ["events", "write"], () => import("@/features/events"), "EventFormPage"),
      page("data/events/:name/edit", ["events", "write"], () => import("@/features/events"), "EventFormPage"),
      page("data/events/:name", ["events", "write"], () => import("@/features/events"), "EventPage"),
      page("data/processes", ["process"], () => import("@/features/process"), "ProcessesPage"),
      page("data/new-process", ["process", "write"], () => import("@/features/process"), "ProcessFormPage"),
      page("data/processes/:name/edit", ["process", "write"], () => import("@/features/process"), "ProcessFormPage"),
      page("data/processes/:name", ["process", "write"], () => import("@/features/process"), "ProcessPage"),
      page("data/write-keys", ["writekeys"], () => import("@/features/writekeys"), "WriteKeysPage"),
      page("data/prepare", ["data", "write", "prepare"], () => import("@/features/prepare"), "PreparePage"),
      page("data/dataset-named/:name/steps", ["data", "write", "prepare"], () => import("@/features/prepare"), "PreparePage"),
      page("data/dataset-named/:name", ["data", "write", "quality", "sync", "assets"], () => import("@/features/data"), "DatasetPage"),
      page("data/:name/steps", ["data", "write", "prepare"], () => import("@/features/prepare"), "PreparePage"),
      page("data/:name", ["data", "write", "quality", "sync", "assets"], () => import("@/features/data"), "DatasetPage"),
      page("trees", ["tree"], () => import("@/features/tree"), "TreesPage"),
      page("trees/new-tree", ["tree"], () => import("@/features/tree"), "TreeEditorPage"),
      page("trees/:name", ["tree"], () => import("@/features/tree"), "TreeEditorPage", { plural: "trees", form: "/trees/new-tree" }),
      page("targets", ["target"], () => import("@/features/target"), "TargetsPage"),
      page("targets/new-target", ["target"], () => import("@/features/target"), "TargetEditorPage"),
      page("targets/:name", ["target"], () => import("@/features/target"), "TargetEditorPage", { plural: "targets", form: "/targets/new-target" }),
      page("admin", ["admin", "session"], () => import("@/features/admin"), "AdminPage"),
      { path: "*", element: <NotFound /> },
    ],
  },
]);
