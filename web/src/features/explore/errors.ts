import { ApiError } from "@/api/client";
import { placeOf, type Place } from "./question";
import type { Ask } from "./state";

export interface Trouble {
  place: Place | null;
  /** Which of several metrics or dimensions; null for the whole place. */
  index: number | null;
  text: string;
}

/** What the server objects to, and which chip it belongs to. The time grain is the first of "by" in a request. */
export function troublesOf(error: unknown, ask: Pick<Ask, "grain">): Trouble[] {
  if (!(error instanceof ApiError)) return [];
  return (error.problem.errors ?? []).map((e): Trouble => {
    const path = e.path ?? e.location ?? "";
    const place = placeOf(path);
    const number = /\[(\d+)\]/.exec(path)?.[1];
    const index = number === undefined || (place !== "by" && place !== "metrics") ? null : Number(number) - (place === "by" && ask.grain !== "" ? 1 : 0);
    return { place: index === -1 ? "time" : place, index: index === -1 ? null : index, text: e.detail ?? e.message ?? error.message };
  });
}
