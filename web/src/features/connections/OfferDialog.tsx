import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Resource, Text } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Dialog, Loaded, Notice, Segmented, Skeleton, TextField, useErrorText } from "@/ui";
import styles from "./connections.module.css";
import { isName } from "./draft";
import { useBringIn, useOffer } from "./hooks";
import { direct } from "./kinds";
import { SyncFields } from "./SyncFields";
import type { ConnectionSpec, Offer, SourcedSpec, Sync } from "./types";

interface Choice {
  name: string;
  title: Text;
  copy: boolean;
  sync: Sync;
}

function specOf(offer: Offer, choice: Choice): SourcedSpec {
  const source = { ...offer.spec.source };
  if (choice.copy) source.sync = choice.sync;
  else delete source.sync;
  return { ...offer.spec, source };
}

function Form({ connection, offer, onClose }: { connection: Resource<ConnectionSpec>; offer: Offer; onClose: () => void }) {
  const { t } = useTranslation("connections");
  const { lang } = useText();
  const navigate = useNavigate();
  const textOf = useErrorText();
  const bring = useBringIn();
  const [choice, setChoice] = useState<Choice>({ name: offer.name, title: offer.title ?? {}, copy: offer.stream.modes.length > 0, sync: offer.spec.source?.sync ?? { mode: "full" } });
  const edit = (change: Partial<Choice>) => setChoice((c) => ({ ...c, ...change }));
  const save = () => bring.mutate({ metadata: { name: choice.name, title: choice.title }, spec: specOf(offer, choice) }, { onSuccess: () => void navigate(`/data/${encodeURIComponent(choice.name)}`) });
  return (
    <div className={styles["stack"]}>
      {offer.used.length > 0 && <Notice tone="watch">{t("offer.used", { names: offer.used.join(lang === "zh-CN" ? "、" : ", ") })}</Notice>}
      <div className={styles["fields"]}>
        <TextField mono label={t("offer.name")} error={isName(choice.name) ? undefined : t("form.nameRule")} value={choice.name} onChange={(e) => edit({ name: e.target.value })} />
        <TextField label={t("form.titleZh")} lang="zh-CN" value={choice.title.zh ?? ""} onChange={(e) => edit({ title: { ...choice.title, zh: e.target.value } })} />
        <TextField label={t("form.titleEn")} lang="en" value={choice.title.en ?? ""} onChange={(e) => edit({ title: { ...choice.title, en: e.target.value } })} />
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
      {choice.copy && <SyncFields offer={offer} keyed={(offer.spec.primaryKey ?? []).length > 0} sync={choice.sync} onChange={(sync) => edit({ sync })} />}
      <details>
        <summary>{t("offer.columns", { count: offer.spec.columns.length })}</summary>
        <ul className={styles["columns"]}>
          {offer.spec.columns.map((c, i) => (
            <li key={c.name}>
              <code>{c.name}</code> {t(`columnType.${c.type}`)} <small className={styles["muted"]}>{offer.stream.columns?.[i]?.native}</small>
              {(offer.spec.primaryKey ?? []).includes(c.name) && <small> · {t("offer.key")}</small>}
              {offer.spec.time === c.name && <small> · {t("offer.time")}</small>}
            </li>
          ))}
        </ul>
      </details>
      {bring.error !== null && (
        <Notice tone="bad">
          <span className={styles["lines"]}>{textOf(bring.error)}</span>
        </Notice>
      )}
      <div className={styles["actions"]}>
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button variant="primary" busy={bring.isPending} disabled={!isName(choice.name)} onClick={save}>
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
  return (
    <Dialog title={t("offer.title", { name: stream })} onClose={onClose}>
      <Loaded query={offer} skeleton={<Skeleton height={280} />}>
        {(o) => <Form connection={connection} offer={o} onClose={onClose} />}
      </Loaded>
    </Dialog>
  );
}
