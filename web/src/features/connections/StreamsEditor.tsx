import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Card, ConfirmButton, Notice, useErrorText } from "@/ui";
import styles from "./connections.module.css";
import { streamDraft, type StreamDraft } from "./draft";
import { FieldGrid } from "./FieldGrid";
import { GlimpseView } from "./GlimpseView";
import { streamParts } from "./kinds";
import type { Glimpse, Paging } from "./types";
import { listOf, textOf, type Values } from "./values";

interface StreamProps {
  stream: StreamDraft;
  errors: Record<string, string>;
  /** Tries a stream; undefined when something has to be filled in first. */
  look: (stream: StreamDraft) => Promise<Glimpse | undefined>;
  onChange: (values: Values) => void;
  onRemove: (() => void) | undefined;
}

const parts = ["answer", "pages", "since"] as const;

function StreamCard({ stream, errors, look, onChange, onRemove }: StreamProps) {
  const { t } = useTranslation("connections");
  const textOfError = useErrorText();
  const { values } = stream;
  const label = (path: string) => t(`stream.${path}`);
  const hint = (path: string) => t(`streamHint.${path}`, { defaultValue: "" });
  const [seen, setSeen] = useState<Glimpse>();
  const attempt = useMutation({
    mutationFn: (next: Values) => look({ ...stream, values: next }),
    onSuccess: (found, next) => {
      setSeen(found);
      // Where the records are was not said, and was found.
      if (found !== undefined && textOf(next["records"]) === "" && found.path !== "") onChange({ ...next, records: found.path });
    },
    onError: () => setSeen(undefined),
  });
  const set = (change: Values) => onChange({ ...values, ...change });
  const again = (change: Values) => {
    const next = { ...values, ...change };
    onChange(next);
    attempt.mutate(next);
  };
  const usePaging = (p: Paging) => again({ "page.type": p.type, "page.param": p.param ?? "", "page.next": p.next ?? "" });
  const name = textOf(values["name"]);
  const shown = Object.keys(errors).length > 0;
  return (
    <Card
      title={name === "" ? t("streams.untitled") : name}
      actions={
        onRemove !== undefined && (
          <ConfirmButton small label={t("streams.remove")} title={t("streams.removeTitle", { name })} onConfirm={onRemove}>
            <p>{t("streams.removeText")}</p>
          </ConfirmButton>
        )
      }
    >
      <div className={styles["stack"]}>
        <FieldGrid fields={streamParts.request} label={label} hint={hint} values={values} errors={errors} onChange={(path, value) => set({ [path]: value })} />
        <div className={styles["foot"]}>
          <Button icon="play" busy={attempt.isPending} onClick={() => attempt.mutate(values)}>
            {t("glimpse.run")}
          </Button>
          <span className={styles["muted"]}>{t("glimpse.hint")}</span>
        </div>
        {attempt.error !== null && !shown && <Notice tone="bad">{textOfError(attempt.error)}</Notice>}
        {seen !== undefined && (
          <GlimpseView seen={seen} records={textOf(values["records"])} keys={listOf(textOf(values["key"]))} onRecords={(records) => again({ records })} onKeys={(keys) => set({ key: keys.join(", ") })} onPaging={usePaging} />
        )}
        {parts.map((part) => (
          <fieldset key={part} className={styles["part"]}>
            <legend>{t(`streams.part.${part}`)}</legend>
            <FieldGrid fields={streamParts[part]} label={label} hint={hint} values={values} errors={errors} onChange={(path, value) => set({ [path]: value })} />
          </fieldset>
        ))}
      </div>
    </Card>
  );
}

interface Props {
  streams: readonly StreamDraft[];
  errors: Record<string, string>;
  look: (at: number, stream: StreamDraft) => Promise<Glimpse | undefined>;
  onChange: (change: (streams: StreamDraft[]) => StreamDraft[]) => void;
}

/** The lists that an interface gives: each is tried, and told how to be read. */
export function StreamsEditor({ streams, errors, look, onChange }: Props) {
  const { t } = useTranslation("connections");
  const of = (at: number) => Object.fromEntries(Object.entries(errors).flatMap(([path, text]) => (path.startsWith(`streams.${at}.`) ? [[path.slice(`streams.${at}.`.length), text]] : [])));
  return (
    <section className={styles["stack"]} aria-label={t("streams.listsTitle")}>
      <div>
        <h2>{t("streams.listsTitle")}</h2>
        <p className={styles["muted"]}>{t("streams.listsLead")}</p>
      </div>
      {streams.map((s, i) => (
        <StreamCard
          key={s.id}
          stream={s}
          errors={of(i)}
          look={(stream) => look(i, stream)}
          onChange={(values) => onChange((all) => all.map((other) => (other.id === s.id ? { ...other, values } : other)))}
          onRemove={streams.length > 1 ? () => onChange((all) => all.filter((other) => other.id !== s.id)) : undefined}
        />
      ))}
      <div>
        <Button icon="plus" onClick={() => onChange((all) => [...all, streamDraft()])}>
          {t("streams.add")}
        </Button>
      </div>
    </section>
  );
}
