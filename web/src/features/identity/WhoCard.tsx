import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { Button, Card, Chip, Loaded, SelectField, Skeleton, Table, TextField } from "@/ui";
import { DecideDialog } from "./DecideDialog";
import { useDecide, useSourceTitle, useWho } from "./hooks";
import styles from "./identity.module.css";
import { IdText } from "./IdText";
import type { Claim, Id } from "./types";

/** What binds an id to others. */
function Links({ links, onPart }: { links: readonly Claim[]; onPart: (link: Claim) => void }) {
  const { t } = useTranslation("identity");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const titleOf = useSourceTitle();
  const keyOf = (l: Claim) => `${l.a.kind} ${l.a.value} ${l.b.kind} ${l.b.value} ${l.source}`;
  const since = (l: Claim) => (l.at === undefined ? "—" : formatInstant(l.at, zone, lang));
  const state = (l: Claim) => (l.held ? <Chip tone="watch">{t("who.held")}</Chip> : <Chip tone="good">{t("who.taken")}</Chip>);
  const part = (l: Claim) =>
    l.held ? null : (
      <Button small onClick={() => onPart(l)}>
        {t("who.part")}
      </Button>
    );
  return (
    <Table
      label={t("who.links")}
      rows={links}
      rowKey={keyOf}
      item={(l) => (
        <>
          <IdText id={l.a} />
          <IdText id={l.b} />
          <span className={styles["muted"]}>{[titleOf(l.source), t("who.times", { count: l.seen }), since(l)].join(" · ")}</span>
          <span className={styles["judge"]}>
            {state(l)} {part(l)}
          </span>
        </>
      )}
      columns={[
        { key: "a", title: t("who.id"), cell: (l) => <IdText id={l.a} /> },
        { key: "b", title: t("who.with"), cell: (l) => <IdText id={l.b} /> },
        { key: "source", title: t("who.source"), cell: (l) => titleOf(l.source) },
        { key: "seen", title: t("who.seen"), end: true, cell: (l) => t("who.times", { count: l.seen }) },
        { key: "at", title: t("who.since"), cell: since },
        { key: "state", title: t("who.state"), cell: state },
        { key: "do", title: t("who.do"), cell: part },
      ]}
    />
  );
}

function Answer({ entity, id, onFind }: { entity: string; id: Id; onFind: (id: Id) => void }) {
  const { t } = useTranslation("identity");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const who = useWho(entity, id);
  const undo = useDecide(entity);
  const [parting, setParting] = useState<Claim>();
  return (
    <Loaded query={who} skeleton={<Skeleton height={120} />}>
      {(w) => (
        <div className={styles["stack"]}>
          <p className={styles["chips"]}>
            {w.ids.map((one) => (
              <button key={`${one.kind} ${one.value}`} type="button" className={styles["id"]} onClick={() => onFind(one)}>
                <IdText id={one} />
              </button>
            ))}
          </p>
          <p className={styles["muted"]}>
            {t("who.unified")} <code>{w.unified}</code>
          </p>
          <Links links={w.links} onPart={setParting} />
          {w.decided.map((d) => (
            <p key={`${d.a.kind} ${d.a.value} ${d.b.kind} ${d.b.value}`} className={styles["chips"]}>
              <IdText id={d.a} /> {d.together ? "=" : "≠"} <IdText id={d.b} />
              <span className={styles["muted"]}>
                {d.by} · {formatInstant(d.at, zone, lang)} {d.why !== undefined && d.why !== "" && `· ${d.why}`}
              </span>
              <Button small icon="undo" busy={undo.isPending} onClick={() => undo.mutate({ a: d.a, b: d.b, together: d.together, why: "", undo: true })}>
                {t("who.forget")}
              </Button>
            </p>
          ))}
          {parting !== undefined && <DecideDialog entity={entity} a={parting.a} b={parting.b} together={false} onClose={() => setParting(undefined)} />}
        </div>
      )}
    </Loaded>
  );
}

/** Looks up who an id belongs to. */
export function WhoCard({ entity, kinds }: { entity: string; kinds: string[] }) {
  const { t } = useTranslation("identity");
  const [kind, setKind] = useState(kinds[0] ?? "");
  const [value, setValue] = useState("");
  const [asked, setAsked] = useState<Id | null>(null);
  const find = (id: Id) => {
    setKind(id.kind);
    setValue(id.value);
    setAsked(id);
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (value.trim() !== "") find({ kind, value: value.trim() });
  };
  return (
    <Card title={t("who.title")}>
      <div className={styles["stack"]}>
        <form className={styles["find"]} onSubmit={submit}>
          <SelectField label={t("who.kind")} value={kind} options={kinds.map((k) => ({ value: k, label: k }))} onChange={(e) => setKind(e.target.value)} />
          <TextField mono label={t("who.value")} value={value} onChange={(e) => setValue(e.target.value)} />
          <Button type="submit" icon="search" disabled={value.trim() === ""}>
            {t("who.find")}
          </Button>
        </form>
        {asked !== null && <Answer entity={entity} id={asked} onFind={find} />}
      </div>
    </Card>
  );
}
