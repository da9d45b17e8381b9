import { apiUrl, ApiError, type Problem } from "@/api/client";
import type { Upload } from "./types";

// XMLHttpRequest, because fetch does not tell how far a request has been sent.

/** Sends a file; `signal` breaks it off. The server then keeps nothing of it. */
export function sendFile(file: File, lang: string, signal: AbortSignal, onProgress: (share: number) => void): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", apiUrl("/uploads"));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Accept-Language", lang);
    request.upload.addEventListener("progress", (e) => {
      if (e.lengthComputable && e.total > 0) onProgress(e.loaded / e.total);
    });
    request.addEventListener("load", () => {
      const answer = parse(request.responseText);
      if (request.status >= 200 && request.status < 300 && answer !== null) resolve(answer as unknown as Upload);
      else reject(new ApiError({ ...(answer as Partial<Problem> | null), status: request.status }));
    });
    request.addEventListener("error", () => reject(new ApiError({ status: 0, code: "unreachable" })));
    request.addEventListener("abort", () => reject(new DOMException("canceled", "AbortError")));
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null; // a proxy or a crash answered; the status says the rest
  }
}

/** Endings that the server can read, plain or packed. */
export const accepted = ".csv,.tsv,.txt,.json,.ndjson,.jsonl,.parquet,.xlsx,.gz,.zst,.zip";

/** The name of a file without its folder and endings. */
export function stemOf(name: string): string {
  return name.replace(/^.*[/\\]/, "").replace(/\.(gz|zst|zip)$/i, "").replace(/\.(csv|tsv|txt|json|ndjson|jsonl|parquet|xlsx)$/i, "");
}
