import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import type { Finding } from "@/api/types";
import type { Context } from "./context";

export interface Check {
  type?: string;
  unit?: string;
  findings: Finding[];
}

/** A value a moment after it stopped changing. */
export function useSettled<V>(value: V, ms = 300): V {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

const placed = (c: Context) => !("columns" in c) && !("dataset" in c && c.dataset === "") && !("metrics" in c && c.metrics.length === 0);

/** What the server says of an expression while it is written; undefined while it thinks. An overtaken question is cancelled. */
export function useCheck(expr: string, context: Context) {
  const body = useSettled(JSON.stringify({ expr, ...context }));
  const current = body === JSON.stringify({ expr, ...context });
  const query = useQuery({
    queryKey: ["defs", "expr", body],
    queryFn: ({ signal }) => api<Check>("POST", "/expr/check", { body: JSON.parse(body) as unknown, signal }),
    enabled: expr.trim() !== "" && placed(context),
  });
  return { check: current && expr.trim() !== "" ? query.data : undefined, error: current && expr.trim() !== "" ? query.error : null };
}
