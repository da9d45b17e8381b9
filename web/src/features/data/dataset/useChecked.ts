import { useEffect, useState } from "react";
import type { DatasetSpec, Finding, Metadata } from "@/api/types";
import { validate } from "../hooks";

/** What the server says of a definition while it is being written. */
export function useChecked(metadata: Metadata, spec: DatasetSpec, enabled: boolean): Finding[] {
  const [findings, setFindings] = useState<Finding[]>([]);
  const text = JSON.stringify({ metadata, spec });
  useEffect(() => {
    if (!enabled) return;
    let stale = false;
    const timer = setTimeout(() => {
      const parsed = JSON.parse(text) as { metadata: Metadata; spec: DatasetSpec };
      validate(parsed.metadata, parsed.spec).then(
        (found) => {
          if (!stale) setFindings(found);
        },
        () => {
          if (!stale) setFindings([]); // saving will say what is wrong
        },
      );
    }, 400);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, [text, enabled]);
  return findings;
}
