import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatBytes, formatFull } from "@/lib/number";
import { datasetPath } from "@/lib/place";
import { Button, Card, Empty, LinkButton, Loaded, Skeleton, Table, TextField, type Column } from "@/ui";
import styles from "./connections.module.css";
import { useStreams } from "./hooks";
import { wordsOf } from "./kinds";
import { OfferDialog } from "./OfferDialog";
import type { ConnectionSpec, SourceSpec, Stream } from "./types";

const titles = { tables: "streams.title", files: "streams.filesTitle", lists: "streams.listsTitle", topics: "streams.topicsTitle" } as const;
const names = { tables: "streams.name", files: "streams.file", lists: "streams.list", topics: "streams.topicName" } as const;
const nothing = { tables: "streams.emptyText", files: "streams.emptyFiles", lists: "streams.emptyLists", topics: "streams.emptyKafka" } as const;

/** Asks for a topic by its name: a broker does not list them. */
function TopicForm({ onListen }: { onListen: (topic: string) => void }) {
  const { t } = useTranslation("connections");
  const [topic, setTopic] = useState("");
  return (
    <form
      className={styles["topic"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (topic.trim() !== "") onListen(topic.trim());
      }}
    >
      <TextField mono label={t("streams.topic")} hint={t("streams.topicHint")} placeholder="plant/+/temperature" value={topic} onChange={(e) => setTopic(e.target.value)} />
      <Button type="submit" variant="primary" icon="play" disabled={topic.trim() === ""}>
        {t("streams.listen")}
      </Button>
    </form>
  );
}

/** What can be read on a connection, by which datasets it is, and the way to bring more in. */
export function Streams({ connection, datasets }: { connection: Resource<ConnectionSpec>; datasets: Resource<DatasetSpec>[] }) {
  const { t } = useTranslation("connections");
  const { lang, pick } = useText();
  const name = connection.metadata.name;
  const words = wordsOf(connection.spec.type);
  const files = words === "files";
  const asked = connection.spec.type === "mqtt";
  const streams = useStreams(name);
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<string>();
  const tableOf = (d: Resource<DatasetSpec>) => ((d.spec.source as SourceSpec | undefined)?.connection === name ? (d.spec.source as SourceSpec).table : undefined);
  // Topics that nobody lists are those that datasets read.
  const read = (): Stream[] => [...new Set(datasets.map(tableOf).filter((table) => table !== undefined))].map((table) => ({ name: table, modes: [] }));
  const found = (all: Stream[]) => all.filter((s) => search.toLowerCase().split(/\s+/).every((w) => s.name.toLowerCase().includes(w)));
  const size = (s: Stream) => (s.bytes === undefined ? "—" : `${(s.files ?? 1) > 1 ? `${t("streams.files", { count: s.files })} · ` : ""}${formatBytes(s.bytes, lang)}`);
  const columns = (): Column<Stream>[] => [
    { key: "name", title: t(names[words]), head: true, sort: (s) => s.name, cell: (s) => <code className={styles["name"]}>{s.name}</code> },
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
    ...(files ? [{ key: "size", title: t("streams.size"), end: true, sort: (s: Stream) => s.bytes ?? 0, cell: size }] : []),
    ...(words === "tables" ? [{ key: "rows", title: t("streams.rows"), end: true, sort: (s: Stream) => s.rows ?? 0, cell: (s: Stream) => (s.rows === undefined || s.rows === 0 ? "—" : t("streams.about", { rows: formatFull(s.rows, lang) })) }] : []),
    {
      key: "used",
      title: t("streams.used"),
      cell: (s) =>
        datasets
          .filter((d) => tableOf(d) === s.name)
          .map((d) => (
            <Link key={d.metadata.name} to={datasetPath(d.metadata.name)}>
              {pick(d.metadata.title, d.metadata.name)}{" "}
            </Link>
          )),
    },
  ];
  return (
    <Card title={t(titles[words])}>
      <div className={styles["stack"]}>
        {asked && <TopicForm onListen={setChosen} />}
        <Loaded query={streams} skeleton={<Skeleton height={200} />}>
          {(listed) => {
            const all = asked ? read() : listed;
            if (all.length === 0) {
              return (
                <Empty icon="table" title={t(asked ? "streams.noTopics" : "streams.empty")}>
                  {asked ? t("streams.emptyTopics") : t(nothing[words])}
                </Empty>
              );
            }
            return (
              <>
                {all.length > 8 && <TextField type="search" label={t(files ? "streams.searchFiles" : words === "tables" ? "streams.search" : "streams.searchOther", { count: all.length })} value={search} onChange={(e) => setSearch(e.target.value)} />}
                <Table label={t(titles[words])} rows={found(all).slice(0, 300)} rowKey={(s) => s.name} columns={columns()} />
              </>
            );
          }}
        </Loaded>
      </div>
      {chosen !== undefined && <OfferDialog connection={connection} stream={chosen} onClose={() => setChosen(undefined)} />}
    </Card>
  );
}
