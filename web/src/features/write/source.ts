import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { api } from "@/api/client";
import { useDimensions, useResources } from "@/api/hooks";
import { useTables } from "@/api/tables";
import type { Cell, DimensionValue, MetricSpec } from "@/api/types";
import type { Language, Source } from "./complete";
import type { Context } from "./context";
import { namesOfDataset, namesOfDimensions, namesOfMetrics, type Names } from "./names";

const none: Language = { functions: [], keywords: [] };

function useNames(context: Context): Names {
  const overRows = "dataset" in context;
  const formula = context.as === "formula";
  const datasets = useTables(overRows).data;
  const metrics = useResources<MetricSpec>("metrics", formula).data;
  const shared = "metrics" in context ? [...context.metrics] : [];
  const dimensions = useDimensions(shared, shared.length > 0).data;
  const key = JSON.stringify(context);
  return useMemo(() => {
    const c = JSON.parse(key) as Context;
    if ("columns" in c) return (path) => (path.length > 0 ? null : c.columns.map((x) => ({ ...x, kind: "column" })));
    if ("dataset" in c) return namesOfDataset(datasets ?? [], c.dataset);
    if ("metrics" in c) return namesOfDimensions(dimensions ?? []);
    return namesOfMetrics(metrics ?? [], c.inputs, c.metric);
  }, [key, datasets, dimensions, metrics]);
}

/** What can be offered where an expression stands. */
export function useSource(context: Context): Source {
  const client = useQueryClient();
  const names = useNames(context);
  const language = useQuery({ queryKey: ["session", "language"], queryFn: ({ signal }) => api<Language>("GET", "/expr/language", { signal }), staleTime: Infinity }).data ?? none;
  const from = "dataset" in context ? JSON.stringify({ dataset: context.dataset }) : "metrics" in context ? JSON.stringify({ metrics: context.metrics }) : "";
  return useMemo(() => {
    if (from === "") return { names, language };
    const values = async (dimension: string, search: string): Promise<{ value: Cell; count: number }[]> => {
      const body = { dimension, search: search || undefined, limit: 30, ...(JSON.parse(from) as object) };
      try {
        // One that typing on has overtaken is answered from here when it is asked again.
        const found = await client.fetchQuery({ queryKey: ["data", "values", from, dimension, search], queryFn: () => api<{ items: DimensionValue[] | null }>("POST", "/values", { body }), staleTime: 60_000, retry: false });
        return found.items ?? [];
      } catch {
        return []; // offering nothing is all that completion can do; the check says what is wrong
      }
    };
    return { names, language, values };
  }, [client, names, language, from]);
}
