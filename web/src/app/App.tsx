import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { RouterProvider } from "react-router";
import { ApiError } from "@/api/client";
import { ToastProvider } from "@/ui";
import { makeRouter } from "./routes";

function makeClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        // A clear refusal stays one; only what may pass by itself is tried again.
        retry: (failures, error) => failures < 1 && error instanceof ApiError && (error.status === 0 || error.status === 503),
      },
    },
  });
}

export function App() {
  const [client] = useState(makeClient);
  const [router] = useState(makeRouter);
  return (
    <QueryClientProvider client={client}>
      <ToastProvider>
        <RouterProvider router={router} />
      </ToastProvider>
    </QueryClientProvider>
  );
}
