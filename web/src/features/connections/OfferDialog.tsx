import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Resource, Text } from "@/api/types";
import { useText } from "@/i18n/useText";
import { datasetPath } from "@/lib/place";
import { Button, Dialog, Loaded, Notice, Segmented, Skeleton, TextField, useErrorText } from "@/ui";
import { ColumnsTable } from "./ColumnsTable";
import styles from "./connections.module.css";
import { isName } from "./draft";
import { useBringIn, useOffer } from "./hooks";
import { direct, ofTopics } from "./kinds";
import { bringable, cursorsOf, type Choice } from "./offer";
import { SyncFields } from "./SyncFields";
import type { ConnectionSpec, Offer } from "./types";

interface Props {
  connection: Resource<ConnectionSpec>;
  offer: Offer;
  onClose: () => void;
  onAgain: () => void;
}

function Form({ connection, offer, onClose, onAgain }: Props) {
  const { t } = useTranslation("connections");
  const { lang } = useText();
  const navigate = useNavigate();
  const textOf = useErrorText();
  const bring = useBringIn();
  const [name, setName] = useState(offer.name);
  const [title, setTitle] = useState<Text>(offer.title ?? {});
  const [choice, setChoice] = useState<Choice>({ copy: offer.stream.modes.length > 0, sync: offer.spec.source?.sync ?? { mode: "full" }, key: offer.spec.primaryKey ?? [], left: new Set(), types: {} });
  const edit = (change: Partial<Choice>) => setChoice((c) => ({ ...c, ...change }));
  const spec = bringable(offer, choice);
  const keyed = (spec.primaryKey ?? []).length > 0;
  const take = (column: string, taken: boolean) => {
    const left = new Set(choice.left);
    if (taken) left.delete(column);
    else left.add(column);
    edit({ left });
  };
  const save = () => bring.mutate({ metadata: { name, title }, spec }, { onSuccess: () => void navigate(datasetPath(name)) });
  const records = offer.records ?? [];
  const silent = ofTopics.has(connection.spec.type) && records.length === 0;
  const ready = isName(name) && spec.columns.length > 0;
  return (
    <div className={styles["stack"]}>
      {offer.used.length > 0 && <Notice tone="watch">{t("offer.used", { names: offer.used.join(lang === "zh-CN" ? "、" : ", ") })}</Notice>}
      {silent && (
        <Notice tone="watch">
          <div className={styles["choose"]}>
            <span>{t("offer.silent")}</span>
            <Button small icon="undo" onClick={onAgain}>
              {t("offer.again")}
            </Button>
          </div>
        </Notice>
      )}
      <div className={styles["fields"]}>
        <TextField mono label={t("offer.name")} error={isName(name) ? undefined : t("form.nameRule")} value={name} onChange={(e) => setName(e.target.value)} />
        <TextField label={t("form.titleZh")} lang="zh-CN" value={title.zh ?? ""} onChange={(e) => setTitle({ ...title, zh: e.target.value })} />
        <TextField label={t("form.titleEn")} lang="en" value={title.en ?? ""} onChange={(e) => setTitle({ ...title, en: e.target.value })} />
      </div>
      {direct.has(connection.spec.type) && offer.stream.modes.length > 0 && (
        <>
          <Segmented
            label={t("offer.how")}
            value={choice.copy ? "copy" : "direct"}
            onChange={(v) => edit({ copy: v === "copy" })}
            options={[
              { value: "copy", label: t("offer.copy") },
              { value: "direct", label: t("offer.direct") },
            ]}
          />
          <p className={styles["muted"]}>{choice.copy ? t("offer.copyHint") : t("offer.directHint")}</p>
        </>
      )}
      <details open={records.length > 0 || undefined}>
        <summary>{t("offer.columns", { count: spec.columns.length })}</summary>
        <ColumnsTable
          label={t("offer.columnsTitle")}
          columns={offer.spec.columns.map((c, i) => ({ ...c, type: choice.types[c.name] ?? c.type, native: offer.stream.columns?.[i]?.native }))}
          records={records}
          keys={choice.key}
          onKeys={(key) => edit({ key })}
          taken={new Set(spec.columns.map((c) => c.name))}
          onTake={take}
          // What a database says its types are, they are.
          onType={offer.stream.sampled === true ? (column, type) => edit({ types: { ...choice.types, [column]: type as keyof typeof choice.types } }) : undefined}
        />
        {spec.columns.length === 0 && <Notice tone="bad">{t("offer.noColumns")}</Notice>}
      </details>
      {choice.copy && <SyncFields offer={offer} keyed={keyed} cursors={cursorsOf(offer, spec)} sync={spec.source?.sync ?? choice.sync} onChange={(sync) => edit({ sync })} />}
      {bring.error !== null && (
        <Notice tone="bad">
          <span className={styles["lines"]}>{textOf(bring.error)}</span>
        </Notice>
      )}
      <div className={styles["actions"]}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant="primary" busy={bring.isPending} disabled={!ready} onClick={save}>
          {choice.copy ? t("offer.start") : t("offer.define")}
        </Button>
      </div>
    </div>
  );
}

/** Makes a dataset of one stream: copied here and kept up to date, or asked where it is. */
export function OfferDialog({ connection, stream, onClose }: { connection: Resource<ConnectionSpec>; stream: string; onClose: () => void }) {
  const { t } = useTranslation("connections");
  const offer = useOffer(connection.metadata.name, stream);
  const [times, setTimes] = useState(0);
  const [looking, setLooking] = useState(false);
  const again = () => {
    setLooking(true);
    void offer.refetch().finally(() => {
      setLooking(false);
      setTimes((n) => n + 1); // what was chosen belongs to what was seen
    });
  };
  const waiting = (
    <>
      {ofTopics.has(connection.spec.type) && <p className={styles["muted"]}>{t("offer.listening")}</p>}
      <Skeleton height={280} />
    </>
  );
  return (
    <Dialog wide title={t("offer.title", { name: stream })} onClose={onClose}>
      {looking ? (
        waiting
      ) : (
        <Loaded query={offer} skeleton={waiting}>
          {(o) => <Form key={times} connection={connection} offer={o} onClose={onClose} onAgain={again} />}
        </Loaded>
      )}
    </Dialog>
  );
}
