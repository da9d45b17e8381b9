import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";
import { useResource, useResources } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { formatBytes } from "@/features/data";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { useTitle } from "@/lib/title";
import { Button, Card, ConfirmButton, Empty, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, Table, TextField, useErrorText, useToast } from "@/ui";
import { place } from "./ConnectionsPage";
import styles from "./connections.module.css";
import { tryStored, useDeleteConnection, useStreams } from "./hooks";
import { ofFiles } from "./kinds";
import { OfferDialog } from "./OfferDialog";
import { TrialState } from "./TrialState";
import type { ConnectionSpec, SourceSpec, Stream } from "./types";

function Streams({ connection, datasets }: { connection: Resource<ConnectionSpec>; datasets: Resource<DatasetSpec>[] }) {
  const { t } = useTranslation("connections");
  const { lang, pick } = useText();
  const name = connection.metadata.name;
  const files = ofFiles.has(connection.spec.type);
  const streams = useStreams(name);
  const [words, setWords] = useState("");
  const [chosen, setChosen] = useState<string>();
  const readers = (stream: string) => datasets.filter((d) => (d.spec.source as SourceSpec | undefined)?.connection === name && (d.spec.source as SourceSpec).table === stream);
  const found = (all: Stream[]) => all.filter((s) => words.toLowerCase().split(/\s+/).every((w) => s.name.toLowerCase().includes(w)));
  return (
    <Card title={files ? t("streams.filesTitle") : t("streams.title")}>
      <Loaded query={streams} skeleton={<Skeleton height={200} />}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="table" title={t("streams.empty")}>
              {files ? t("streams.emptyFiles") : t("streams.emptyText")}
            </Empty>
          ) : (
            <div className={styles["stack"]}>
              {all.length > 8 && <TextField type="search" label={t(files ? "streams.searchFiles" : "streams.search", { count: all.length })} value={words} onChange={(e) => setWords(e.target.value)} />}
              <Table
                label={t("streams.title")}
                rows={found(all).slice(0, 300)}
                rowKey={(s) => s.name}
                columns={[
                  { key: "name", title: files ? t("streams.file") : t("streams.name"), head: true, sort: (s) => s.name, cell: (s) => <code>{s.name}</code> },
                  files
                    ? { key: "size", title: t("streams.size"), end: true, sort: (s) => s.bytes ?? 0, cell: (s) => (s.bytes === undefined ? "—" : `${(s.files ?? 1) > 1 ? `${t("streams.files", { count: s.files })} · ` : ""}${formatBytes(s.bytes, lang)}`) }
                    : { key: "rows", title: t("streams.rows"), end: true, sort: (s) => s.rows ?? 0, cell: (s) => (s.rows === undefined || s.rows === 0 ? "—" : t("streams.about", { rows: formatFull(s.rows, lang) })) },
                  {
                    key: "used",
                    title: t("streams.used"),
                    cell: (s) =>
                      readers(s.name).map((d) => (
                        <Link key={d.metadata.name} to={`/data/${encodeURIComponent(d.metadata.name)}`}>
                          {pick(d.metadata.title, d.metadata.name)}{" "}
                        </Link>
                      )),
                  },
                  {
                    key: "do",
                    title: t("streams.do"),
                    cell: (s) =>
                      files ? (
                        <LinkButton small icon="download" aria-label={t("streams.bringNamed", { name: s.name })} to={`/data/connections/${encodeURIComponent(name)}/bring?table=${encodeURIComponent(s.name)}`}>
                          {t("streams.bring")}
                        </LinkButton>
                      ) : (
                        <Button small icon="download" aria-label={t("streams.bringNamed", { name: s.name })} onClick={() => setChosen(s.name)}>
                          {t("streams.bring")}
                        </Button>
                      ),
                  },
                ]}
              />
            </div>
          )
        }
      </Loaded>
      {chosen !== undefined && <OfferDialog connection={connection} stream={chosen} onClose={() => setChosen(undefined)} />}
    </Card>
  );
}

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
            {attempt.data !== undefined && <TrialState trial={attempt.data} files={ofFiles.has(connection.spec.type)} />}
            {attempt.error !== null && <Notice tone="bad">{textOf(attempt.error)}</Notice>}
            {editor ? <Streams connection={connection} datasets={datasets.data ?? []} /> : <Notice>{t("streams.denied")}</Notice>}
          </div>
        )}
      </Loaded>
    </Page>
  );
}
