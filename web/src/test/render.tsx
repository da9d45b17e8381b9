import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { loadStrings, setLanguage, startI18n } from "@/i18n";
import { ToastProvider } from "@/ui";

/** Renders with everything that a page stands in, in English. */
export async function show(node: ReactNode, areas: string[] = [], path = "/") {
  await startI18n();
  await Promise.all(areas.map(loadStrings));
  await setLanguage("en");
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <QueryClientProvider client={client}>
      <ToastProvider>
        <MemoryRouter initialEntries={[path]}>{node}</MemoryRouter>
      </ToastProvider>
    </QueryClientProvider>,
  );
}

/** Answers API calls by method and path; what is not listed is 404. Gives the calls made. */
export function answer(routes: Record<string, unknown>): { method: string; path: string; body: unknown }[] {
  const calls: { method: string; path: string; body: unknown }[] = [];
  globalThis.fetch = (input, init) => {
    const url = new URL(String(input), "http://localhost");
    const path = url.pathname.replace("/api/v1", "");
    const method = init?.method ?? "GET";
    calls.push({ method, path, body: typeof init?.body === "string" ? JSON.parse(init.body) : undefined });
    const found = routes[`${method} ${path}`];
    const problem = { status: 404, title: "not found", detail: "no such thing" };
    const status = found === undefined ? 404 : found instanceof Failure ? found.status : 200;
    const body = found instanceof Failure ? { status: found.status, detail: found.detail, code: found.code } : (found ?? problem);
    return Promise.resolve(new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } }));
  };
  return calls;
}

/** An answer that is a problem. */
export class Failure {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly code = "",
  ) {}
}
