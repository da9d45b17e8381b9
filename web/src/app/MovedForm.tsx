import type { ReactNode } from "react";
import { Navigate, useLocation, useParams } from "react-router";
import { ApiError } from "@/api/client";
import { useResource } from "@/api/hooks";
import type { Plural } from "@/api/types";
import { Page, Skeleton } from "@/ui";

export interface Moved {
  plural: Plural;
  /** Where the form stands now. */
  form: string;
  children: ReactNode;
}

/** The page of one thing. Links to a form from when it stood at the name `new` lead to it still, unless something is called so. */
export function MovedForm({ plural, form, children }: Moved) {
  const { name } = useParams();
  const { search } = useLocation();
  const asked = name === "new";
  const named = useResource<unknown>(plural, asked ? name : undefined);
  if (!asked) return children;
  if (named.isPending) {
    return (
      <Page>
        <Skeleton height={320} />
      </Page>
    );
  }
  return named.error instanceof ApiError && named.error.status === 404 ? <Navigate to={`${form}${search}`} replace /> : children;
}
