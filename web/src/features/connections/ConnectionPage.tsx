import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useResource, useResources } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Button, ConfirmButton, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, useErrorText, useToast } from "@/ui";
import { place } from "./ConnectionsPage";
import styles from "./connections.module.css";
import { tryStored, useDeleteConnection } from "./hooks";
import { Streams } from "./Streams";
import { TrialState } from "./TrialState";
import type { ConnectionSpec } from "./types";

function Actions({ connection }: { connection: Resource<ConnectionSpec> }) {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  const navigate = useNavigate();
  const remove = useDeleteConnection();
  const textOf = useErrorText();
  const say = useToast();
  const name = connection.metadata.name;
  return (
    <>
      <LinkButton icon="edit" to={`/data/connections/${encodeURIComponent(name)}/edit`}>
        {t("edit")}
      </LinkButton>
      <ConfirmButton label={t("delete.action")} title={t("delete.title", { name: pick(connection.metadata.title, name) })} onConfirm={() => remove.mutate(name, { onSuccess: () => void navigate("/data/connections"), onError: (error) => say(textOf(error), "bad") })}>
        {t("delete.text")}
      </ConfirmButton>
    </>
  );
}

/** One connection: whether it answers, and what can be brought in from it. */
export function ConnectionPage() {
  const { t } = useTranslation("connections");
  const { pick } = useText();
  const { name = "" } = useParams();
  const admin = useCan("admin");
  const editor = useCan("editor");
  const one = useResource<ConnectionSpec>("connections", name);
  const datasets = useResources<DatasetSpec>("datasets");
  const attempt = useMutation({ mutationFn: () => tryStored(name) });
  const textOf = useErrorText();
  useTitle(pick(one.data?.metadata.title, name));
  return (
    <Page>
      <Loaded query={one} skeleton={<Skeleton height={320} />}>
        {(connection) => (
          <div className={styles["stack"]}>
            <PageHead
              title={pick(connection.metadata.title, name)}
              lead={[t(`type.${connection.spec.type}`), place(connection.spec), connection.spec["database"]].filter((v) => typeof v === "string" && v !== "").join(" · ")}
              actions={
                <>
                  {editor && (
                    <Button icon="play" busy={attempt.isPending} onClick={() => attempt.mutate()}>
                      {t("trial.run")}
                    </Button>
                  )}
                  {admin && <Actions connection={connection} />}
                </>
              }
            />
            {attempt.data !== undefined && <TrialState trial={attempt.data} type={connection.spec.type} />}
            {attempt.error !== null && <Notice tone="bad">{textOf(attempt.error)}</Notice>}
            {editor ? <Streams connection={connection} datasets={datasets.data ?? []} /> : <Notice>{t("streams.denied")}</Notice>}
          </div>
        )}
      </Loaded>
    </Page>
  );
}
