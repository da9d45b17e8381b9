import { describe, expect, it } from "vitest";
import type { Revision } from "@/api/types";
import { definitionChanges } from "./revisions";

const revision = (n: number, action: string, diff: string): Revision => ({ revision: n, author: "mei", via: "session", at: "2026-01-05T00:00:00Z", action, diff });

describe("changes of a definition", () => {
  it("are those that move numbers", () => {
    const words = revision(3, "update", "--- Metric/a@2\n+++ Metric/a@3\n@@ -5,3 +5,3 @@\n-    en: Orders\n+    en: Paid orders\n   type: simple\n");
    const where = revision(2, "update", "--- Metric/a@1\n+++ Metric/a@2\n@@ -9,1 +9,2 @@\n   agg: count\n+  where: paid\n");
    const born = revision(1, "create", "--- /dev/null\n+++ Metric/a@1\n+spec:\n+  type: simple\n");
    expect(definitionChanges([words, where, born])).toEqual([where]);
  });
});
