import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { sessionQuery } from "@/api/hooks";
import type { Role, Session } from "@/api/types";

const ranks: Record<Role, number> = { viewer: 1, editor: 2, admin: 3 };

/** The session as last told by the server; only inside the shell, where there is one. */
export function useSession(): Session {
  const { data } = useQuery(sessionQuery);
  if (data === undefined) throw new Error("useSession outside the shell");
  return data;
}

/** Whether the person may act as this role. */
export function useCan(role: Role): boolean {
  const { user } = useSession();
  return user !== null && ranks[user.role] >= ranks[role];
}

/** Takes over a new session: everything asked under the old one is forgotten. */
export function useAdopt(): (session: Session) => void {
  const client = useQueryClient();
  return useCallback(
    (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" && query.getObserversCount() === 0 });
      void client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    },
    [client],
  );
}
