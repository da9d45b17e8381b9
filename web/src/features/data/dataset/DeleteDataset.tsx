import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { useReferences } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Checkbox, Dialog, Loaded, Notice, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import own from "./dataset.module.css";

function Ask({ dataset, onClose }: { dataset: Resource<DatasetSpec>; onClose: () => void }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const navigate = useNavigate();
  const say = useToast();
  const textOf = useErrorText();
  const name = dataset.metadata.name;
  const references = useReferences("datasets", name);
  const [cascade, setCascade] = useState(false);
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api<void>("DELETE", `/datasets/${encodeURIComponent(name)}`, { query: { cascade: cascade || undefined } }),
    onSuccess: async () => {
      say(t("delete.done"));
      await navigate("/data");
      // What this page showed cannot be asked for again.
      client.removeQueries({ type: "inactive", predicate: (query) => query.queryKey.includes(name) });
      await client.invalidateQueries({ predicate: ({ queryKey }) => (queryKey[0] === "defs" || queryKey[0] === "data") && !queryKey.includes(name) });
    },
  });
  const users = references.data?.usedBy ?? [];
  return (
    <Dialog
      title={t("delete.title", { name: pick(dataset.metadata.title, name) })}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button
            variant="danger"
            icon="trash"
            busy={remove.isPending}
            disabled={references.data === undefined || (users.length > 0 && !cascade)}
            onClick={() => remove.mutate()}
          >
            {t("delete.action")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <p>{t("delete.text")}</p>
        <Loaded query={references} skeleton={<Skeleton height={48} />}>
          {() =>
            users.length === 0 ? (
              <p className={styles["muted"]}>{t("delete.unused")}</p>
            ) : (
              <>
                <p>{t("delete.usedBy", { count: users.length })}</p>
                <ul className={own["list"]}>
                  {users.map((u) => (
                    <li key={`${u.kind} ${u.name}`}>
                      {t(`kind.${u.kind}`)} · {pick(u.title, u.name)}
                    </li>
                  ))}
                </ul>
                <Checkbox label={t("delete.cascade")} checked={cascade} onChange={(e) => setCascade(e.target.checked)} />
              </>
            )
          }
        </Loaded>
        {remove.error !== null && <Notice tone="bad">{textOf(remove.error)}</Notice>}
      </div>
    </Dialog>
  );
}

/** Deletes a dataset after showing what hangs on it. */
export function DeleteDataset({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("data");
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="trash" onClick={() => setOpen(true)}>
        {t("delete.action")}
      </Button>
      {open && <Ask dataset={dataset} onClose={() => setOpen(false)} />}
    </>
  );
}
