import { expect, test } from "vitest";
import type { SyncSpec } from "@/api/types";
import { draftOf, readsAgain, syncOf } from "./draft";

const full: SyncSpec = { mode: "incremental", cursor: "updated_at", lookback: "1 hour", deletes: "compare", drift: "add", retries: 2, every: "5 minutes", after: ["stores"] };

test("a draft says what it was made of", () => {
  for (const sync of [full, { mode: "full" }, { mode: "changes", cron: "30 6 * * *", drift: "fail" }] satisfies SyncSpec[]) expect(syncOf(draftOf(sync), sync)).toEqual(sync);
});

test("a mode and a clock have their own keys alone, and what the form does not show stays", () => {
  expect(syncOf({ ...draftOf(full), mode: "changes", clock: "cron", cron: "0 3 * * *" }, full)).toEqual({ mode: "changes", drift: "add", retries: 2, cron: "0 3 * * *", after: ["stores"] });
  expect(syncOf({ ...draftOf(full), clock: "none", after: undefined, lookback: "" }, full)).toEqual({ mode: "incremental", cursor: "updated_at", deletes: "compare", drift: "add", retries: 2 });
});

test("another mode or cursor reads everything once more; another schedule does not", () => {
  expect(readsAgain({ ...full, cron: "0 3 * * *", every: undefined, drift: "hold", deletes: "keep" }, full)).toBe(false);
  expect(readsAgain({ ...full, cursor: "id" }, full)).toBe(true);
  expect(readsAgain({ mode: "full" }, full)).toBe(true);
});
