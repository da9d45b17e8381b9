import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api, ApiError } from "@/api/client";
import { useReferences } from "@/api/hooks";
import type { Plural, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Checkbox, Dialog, Loaded, Notice, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "./definition.module.css";

interface Props {
  plural: Plural;
  resource: Resource<unknown>;
  /** What goes besides the definition. */
  text: string;
  /** Where to go afterwards. */
  to: string;
}

function Ask({ plural, resource, text, to, onClose }: Props & { onClose: () => void }) {
  const { t } = useTranslation("write");
  const { pick } = useText();
  const navigate = useNavigate();
  const say = useToast();
  const textOf = useErrorText();
  const name = resource.metadata.name;
  const references = useReferences(plural, name);
  const [cascade, setCascade] = useState(false);
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api<void>("DELETE", `/${plural}/${encodeURIComponent(name)}`, { query: { cascade: cascade || undefined } }),
    onSuccess: async () => {
      say(t("delete.done"));
      await navigate(to);
      // What this page showed cannot be asked for again.
      client.removeQueries({ type: "inactive", predicate: (query) => query.queryKey.includes(name) });
      await client.invalidateQueries({ predicate: ({ queryKey }) => (queryKey[0] === "defs" || queryKey[0] === "data") && !queryKey.includes(name) });
    },
  });
  const users = references.data?.dependants ?? [];
  // Some need it without naming it; the server knows.
  const inUse = users.length > 0 || (remove.error instanceof ApiError && remove.error.code === "in_use");
  return (
    <Dialog
      title={t("delete.title", { name: pick(resource.metadata.title, name) })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button
            variant="danger"
            icon="trash"
            busy={remove.isPending}
            disabled={references.data === undefined || (inUse && !cascade)}
            onClick={() => remove.mutate()}
          >
            {t("delete.action")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <p>{text}</p>
        <Loaded query={references} skeleton={<Skeleton height={48} />}>
          {() =>
            users.length === 0 ? (
              <p className={styles["quiet"]}>{t("delete.unused")}</p>
            ) : (
              <>
                <p>{t("delete.usedBy", { count: users.length })}</p>
                <ul className={styles["users"]}>
                  {users.map((u) => (
                    <li key={`${u.kind} ${u.name}`}>
                      {t(`common:kind.${u.kind}`)} · {pick(u.title, u.name)}
                    </li>
                  ))}
                </ul>
              </>
            )
          }
        </Loaded>
        {remove.error !== null && (
          <Notice tone="bad">
            <span className={styles["lines"]}>{textOf(remove.error)}</span>
          </Notice>
        )}
        {inUse && <Checkbox label={t("delete.cascade")} checked={cascade} onChange={(e) => setCascade(e.target.checked)} />}
      </div>
    </Dialog>
  );
}

/** Deletes a definition after showing what hangs on it. */
export function DeleteDefinition(props: Props) {
  const { t } = useTranslation("write");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="trash" onClick={() => setOpen(true)}>
        {t("delete.action")}
      </Button>
      {open && <Ask {...props} onClose={() => setOpen(false)} />}
    </>
  );
}
