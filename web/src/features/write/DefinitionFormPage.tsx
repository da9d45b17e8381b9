import { Fragment, type ReactNode } from "react";
import { useParams } from "react-router";
import { useResources } from "@/api/hooks";
import type { Plural, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Denied, Loaded, Page, PageHead, Skeleton } from "@/ui";

interface Props<S> {
  plural: Plural;
  /** Of the page for one with this title, or for a new one. */
  title: (of: string | undefined) => string;
  lead: string;
  /** What stands where none is called so. */
  none: (name: string) => ReactNode;
  /** The form, begun anew when what it changes was changed by somebody else. */
  children: (existing: Resource<S> | null, all: Resource<S>[]) => ReactNode;
}

/** The page around a form that makes something definable, or changes what the address names: for editors. */
export function DefinitionFormPage<S>({ plural, title, lead, none, children }: Props<S>) {
  const { pick } = useText();
  const { name } = useParams();
  const editor = useCan("editor");
  const all = useResources<S>(plural, editor);
  const named = all.data?.find((r) => r.metadata.name === name);
  const heading = title(name === undefined ? undefined : pick(named?.metadata.title, name));
  useTitle(heading);
  if (!editor) {
    return (
      <Page>
        <Denied />
      </Page>
    );
  }
  return (
    <Page narrow>
      <PageHead title={heading} lead={lead} />
      <Loaded query={all} skeleton={<Skeleton height={480} />}>
        {(list) => (name !== undefined && named === undefined ? none(name) : <Fragment key={named?.revision ?? 0}>{children(named ?? null, list)}</Fragment>)}
      </Loaded>
    </Page>
  );
}
