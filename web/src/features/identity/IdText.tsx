import { Chip } from "@/ui";
import type { Id } from "./types";

/** An id with its kind. */
export function IdText({ id }: { id: Id }) {
  return (
    <span>
      <Chip>{id.kind}</Chip> <code>{id.value}</code>
    </span>
  );
}
