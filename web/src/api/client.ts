import type { Text } from "./types";

// One door to the REST interface. Every answer that is not 2xx becomes an
// ApiError whose text is already in the person's language.

export interface Problem {
  type?: string;
  title?: string;
  status: number;
  detail?: string;
  code?: string;
  params?: Record<string, unknown>;
  errors?: { path?: string; code?: string; detail?: string; location?: string; message?: string }[];
}

export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${problem.status}`);
    this.name = "ApiError";
    this.status = problem.status;
    this.code = problem.code ?? "";
    this.problem = problem;
  }
}

export interface CallOptions {
  query?: Record<string, string | number | boolean | undefined | null>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

let language = "en";
let onSignedOut: () => void = () => undefined;

/** Sets the language in which the server answers. */
export function setApiLanguage(lang: string): void {
  language = lang;
}

/** Called once for every answer 401 outside of signing in. */
export function onUnauthenticated(handler: () => void): void {
  onSignedOut = handler;
}

/** The address of an operation, for links and downloads. */
export function apiUrl(path: string, query?: CallOptions["query"]): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return `/api/v1${path}${text === "" ? "" : `?${text}`}`;
}

async function send(method: Method, path: string, options: CallOptions): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": language, ...options.headers };
  let body: BodyInit | undefined;
  if (options.body instanceof FormData) {
    body = options.body;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(apiUrl(path, options.query), { method, headers, body, signal: options.signal });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError({ status: 0, code: "unreachable" });
  }
  if (!response.ok) {
    if (response.status === 401 && !path.startsWith("/session") && !path.startsWith("/setup")) onSignedOut();
    throw new ApiError(await problemOf(response));
  }
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === "object" && parsed !== null) return { ...parsed, status: response.status };
  } catch {
    // Not JSON: a proxy or a crash answered; the status is all that is known.
  }
  return { status: response.status };
}

/** Calls an operation and reads its JSON answer. T is trusted: it mirrors the server's types. */
export async function api<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Calls an operation that answers text, such as YAML. */
export async function apiText(path: string, query?: CallOptions["query"]): Promise<string> {
  const response = await send("GET", path, { query, headers: { Accept: "text/yaml, text/plain, */*" } });
  return response.text();
}

/** Calls an operation that answers a file and hands it to the browser to save. */
export async function download(method: Method, path: string, fileName: string, options: CallOptions = {}): Promise<void> {
  const response = await send(method, path, { ...options, headers: { Accept: "*/*", ...options.headers } });
  saveBlob(await response.blob(), fileName);
}

/** Lets the browser save a blob under a name. */
export function saveBlob(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  URL.revokeObjectURL(url);
}

/** The text in a language, or in the other one when it is missing. */
export function inLang(text: Text | string | undefined | null, lang: string): string {
  if (text === undefined || text === null) return "";
  if (typeof text === "string") return text;
  return (lang.startsWith("zh") ? text.zh || text.en : text.en || text.zh) ?? "";
}
