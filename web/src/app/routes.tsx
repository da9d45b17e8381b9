import type { ComponentType } from "react";
import { createBrowserRouter, type RouteObject } from "react-router";
import { loadStrings } from "@/i18n";
import { NotFound, PageError } from "./Failure";
import { Root } from "./Root";

type Pages = Record<string, ComponentType>;

/** A page that comes with its code and its strings only when it is opened. */
function page<M extends object>(path: string, areas: string[], load: () => Promise<M>, name: keyof M & string): RouteObject {
  return {
    path: path === "/" ? undefined : path,
    index: path === "/",
    lazy: async () => {
      const [module] = await Promise.all([load(), ...areas.map(loadStrings)]);
      return { Component: (module as unknown as Pages)[name] };
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
      page("metrics/new", ["metrics", "write"], () => import("@/features/metrics"), "MetricFormPage"),
      page("metrics/:name", ["metrics", "explain", "write", "assets"], () => import("@/features/metrics"), "MetricPage"),
      page("metrics/:name/edit", ["metrics", "write"], () => import("@/features/metrics"), "MetricFormPage"),
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
      page("data/connections/new", ["connections"], () => import("@/features/connections"), "ConnectionFormPage"),
      page("data/connections/:name", ["connections"], () => import("@/features/connections"), "ConnectionPage"),
      page("data/connections/:name/bring", ["connections", "data"], () => import("@/features/connections"), "BringFilesPage"),
      page("data/connections/:name/edit", ["connections"], () => import("@/features/connections"), "ConnectionFormPage"),
      page("data/events", ["events"], () => import("@/features/events"), "EventsPage"),
      page("data/new-event", ["events", "write"], () => import("@/features/events"), "EventFormPage"),
      page("data/events/:name/edit", ["events", "write"], () => import("@/features/events"), "EventFormPage"),
      page("data/events/:name", ["events", "write"], () => import("@/features/events"), "EventPage"),
      page("data/write-keys", ["writekeys"], () => import("@/features/writekeys"), "WriteKeysPage"),
      page("data/prepare", ["data", "write", "prepare"], () => import("@/features/prepare"), "PreparePage"),
      page("data/:name/steps", ["data", "write", "prepare"], () => import("@/features/prepare"), "PreparePage"),
      page("data/:name", ["data", "write", "quality", "sync", "assets"], () => import("@/features/data"), "DatasetPage"),
      page("trees", ["tree"], () => import("@/features/tree"), "TreesPage"),
      page("trees/:name", ["tree"], () => import("@/features/tree"), "TreeEditorPage"),
      page("targets", ["target"], () => import("@/features/target"), "TargetsPage"),
      page("targets/:name", ["target"], () => import("@/features/target"), "TargetEditorPage"),
      page("admin", ["admin", "session"], () => import("@/features/admin"), "AdminPage"),
      { path: "*", element: <NotFound /> },
    ],
  },
]);
