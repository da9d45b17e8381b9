import { useQuery } from "@tanstack/react-query";
import { api } from "@/api/client";
import type { Finding, Kind, Metadata } from "@/api/types";
import { useSettled } from "./check";
import { useFindingText } from "./findings";

interface Validation {
  findings: Finding[] | null;
  resources: { kind: string; name: string }[] | null;
}

interface ApplyReport {
  findings: Finding[] | null;
  applied: boolean;
}

const files = (text: string) => ({ files: [{ name: "definition.yaml", text }] });

export const validateText = (text: string, signal?: AbortSignal) => api<Validation>("POST", "/validate", { body: files(text), signal });
export const applyText = (text: string) => api<ApplyReport>("POST", "/apply", { body: files(text) });

/** A definition as a form holds it: keys that the form does not show stay in it. */
export interface Definition<S> {
  metadata: Metadata;
  spec: S;
}

/** What the server says of a definition while a form writes it. `atField` are the paths that the form shows findings at. */
export function useFindings<S>(kind: Kind, definition: Definition<S>, ready: boolean, atField: RegExp) {
  const words = useFindingText();
  const now = JSON.stringify({ kind, ...definition }, null, 2);
  const text = useSettled(now);
  const check = useQuery({ queryKey: ["defs", "validate", text], queryFn: ({ signal }) => validateText(text, signal), enabled: ready, placeholderData: (previous) => previous });
  const findings = ready ? (check.data?.findings ?? []) : [];
  return {
    /** Whether this is said of the definition as it is now. */
    settled: text === now && check.isSuccess && !check.isPlaceholderData,
    failed: findings.some((f) => f.severity === "error"),
    /** The first error at a path or inside it. */
    errorAt: (path: string): string | undefined => {
      const found = findings.find((f) => f.severity === "error" && (f.path === path || f.path?.startsWith(`${path}.`) === true || f.path?.startsWith(`${path}[`) === true));
      return found === undefined ? undefined : words(found);
    },
    /** What no field of the form shows. */
    elsewhere: findings.filter((f) => f.severity === "warning" || !atField.test(f.path ?? "")).map((f) => ({ severity: f.severity, name: f.name === definition.metadata.name ? undefined : f.name, text: words(f) })),
  };
}

export type Findings = ReturnType<typeof useFindings>;
