import { useCallback } from "react";
import { useSearchParams } from "react-router";

/**
 * One piece of view state in the URL. The empty text is not written, so that
 * addresses stay short. Setting replaces the history entry unless `push`.
 */
export function useUrlState(key: string, push = false): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) => {
      setParams(
        (current) => {
          const next = new URLSearchParams(current);
          if (value === "") next.delete(key);
          else next.set(key, value);
          return next;
        },
        { replace: !push },
      );
    },
    [key, push, setParams],
  );
  return [params.get(key) ?? "", set];
}

/** Several pieces of view state at once; a value of "" removes the key. */
export function useSetUrl(): (values: Record<string, string>, push?: boolean) => void {
  const [, setParams] = useSearchParams();
  return useCallback(
    (values, push = false) => {
      setParams(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [key, value] of Object.entries(values)) {
            if (value === "") next.delete(key);
            else next.set(key, value);
          }
          return next;
        },
        { replace: !push },
      );
    },
    [setParams],
  );
}

/** Only addresses inside this page may be gone back to after signing in. */
export function safeReturn(path: string | null): string {
  return path !== null && /^\/(?![/\\])/.test(path) ? path : "/";
}
