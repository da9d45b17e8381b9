import type { Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Notice } from "@/ui";

/** What is wrong with a definition that does not work, below what that means; nothing for one that works. */
export function Quarantined<S>({ resource, means }: { resource: Resource<S>; means: string }) {
  const { pick } = useText();
  if (resource.state !== "quarantined") return null;
  return (
    <Notice tone="bad">
      <p>{means}</p>
      <ul>
        {(resource.findings ?? []).map((f, i) => (
          <li key={i}>
            {f.path !== undefined && f.path !== "" && <code>{f.path}: </code>}
            {pick(f.text)}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
