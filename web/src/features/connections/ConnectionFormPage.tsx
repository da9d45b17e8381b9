import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useResource, useResources } from "@/api/hooks";
import type { Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useTitle } from "@/lib/title";
import { Button, Card, Denied, LinkButton, Loaded, Notice, Page, PageHead, SelectField, Skeleton, TextField, useErrorText, cx } from "@/ui";
import styles from "./connections.module.css";
import { draftOf, emptyDraft, findingsOf, isName, keptIn, problemsOf, secretsOf, specOf, type Draft, type StreamDraft } from "./draft";
import { FieldGrid } from "./FieldGrid";
import { keepSecret, peekDraft, tryDraft, useSaveConnection } from "./hooks";
import { kinds, wordsOf } from "./kinds";
import { StreamsEditor } from "./StreamsEditor";
import { TrialState } from "./TrialState";
import type { ConnectionSpec, Trial } from "./types";
import { textOf } from "./values";

/** The type of a new connection: as the address says it. */
const typeOf = (asked: string | null) => (asked !== null && kinds[asked] !== undefined ? asked : "postgres");

function Form({ existing, taken }: { existing: Resource<ConnectionSpec> | undefined; taken: string[] }) {
  const { t } = useTranslation("connections");
  const navigate = useNavigate();
  const textOfError = useErrorText();
  const save = useSaveConnection();
  const form = useRef<HTMLFormElement>(null);
  const [search] = useSearchParams();
  const before = existing?.spec;
  const [draft, setDraft] = useState<Draft>(() => (existing === undefined ? emptyDraft(typeOf(search.get("type"))) : draftOf(existing.metadata, existing.spec)));
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [trial, setTrial] = useState<Trial>();
  const edit = (change: Partial<Draft> | ((d: Draft) => Partial<Draft>)) => {
    setDraft((d) => ({ ...d, ...(typeof change === "function" ? change(d) : change) }));
    setTrial(undefined);
  };
  // What was changed is not wrong any more, until it is looked at again.
  const forgive = (path: string) => setErrors((all) => Object.fromEntries(Object.entries(all).filter(([at]) => at !== path && !at.startsWith(`${path}.`))));
  const tell = (found: Record<string, string>) => {
    setErrors(found);
    if (Object.keys(found).length > 0) requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };

  /** Whether nothing is missing; else it is told at the fields. For one list, the others may be unfinished. */
  const ready = (d: Draft, named: boolean, only?: number): boolean => {
    const found: Record<string, string> = {};
    if (named && d.name === "") found["name"] = t("wrong.required");
    else if (named && !isName(d.name)) found["name"] = t("form.nameRule");
    else if (named && existing === undefined && taken.includes(d.name)) found["name"] = t("form.taken");
    for (const [path, wrong] of Object.entries(problemsOf(d, before, only))) found[path] = t(`wrong.${wrong}`);
    tell(found);
    return Object.keys(found).length === 0;
  };
  // A draft that is only tried may have no name yet; its secrets need one.
  const trying = (d: Draft): Draft => (isName(d.name) ? d : { ...d, name: "draft" });
  const attempt = useMutation({
    mutationFn: () => tryDraft(specOf(trying(draft), before), secretsOf(trying(draft))),
    onSuccess: setTrial,
    onError: (error) => tell(findingsOf(error)),
  });
  const store = useMutation({
    mutationFn: async () => {
      // What was typed goes to the vault first: a connection only refers to it.
      for (const [name, value] of Object.entries(secretsOf(draft))) await keepSecret(name, value);
      await save.mutateAsync({ metadata: { ...existing?.metadata, name: draft.name, title: draft.title }, spec: specOf(draft, before), revision: existing?.revision ?? null });
    },
    onSuccess: () => navigate(`/data/connections/${encodeURIComponent(draft.name)}`),
    onError: (error) => tell(findingsOf(error)),
  });
  const look = async (at: number, stream: StreamDraft) => {
    const now = trying({ ...draft, streams: draft.streams.map((s, i) => (i === at ? stream : s)) });
    if (!ready(now, false, at)) return undefined;
    try {
      return await peekDraft({ ...specOf(now, before), streams: specOf({ ...now, streams: [stream] }, before)["streams"] }, secretsOf(now), textOf(stream.values["name"]).trim());
    } catch (error) {
      tell(findingsOf(error, at));
      throw error;
    }
  };
  const error = attempt.error ?? store.error;
  const lead = draft.type === "sheet" || draft.type === "folder" ? draft.type : wordsOf(draft.type);

  return (
    <form
      ref={form}
      noValidate
      className={styles["stack"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (ready(draft, true)) store.mutate();
      }}
    >
      <Card title={t("form.what")}>
        <div className={cx(styles["fields"], styles["about"])}>
          <SelectField
            label={t("list.type")}
            value={draft.type}
            disabled={existing !== undefined}
            options={Object.keys(kinds).map((value) => ({ value, label: t(`type.${value}`) }))}
            onChange={(e) => {
              setErrors({});
              edit((d) => ({ ...emptyDraft(e.target.value), name: d.name, title: d.title }));
            }}
          />
          <TextField
            mono
            required
            label={t("form.name")}
            hint={t("form.nameHint")}
            error={errors["name"]}
            value={draft.name}
            disabled={existing !== undefined}
            onChange={(e) => {
              forgive("name");
              edit({ name: e.target.value });
            }}
          />
          <TextField label={t("form.titleZh")} lang="zh-CN" value={draft.title.zh ?? ""} onChange={(e) => edit((d) => ({ title: { ...d.title, zh: e.target.value } }))} />
          <TextField label={t("form.titleEn")} lang="en" value={draft.title.en ?? ""} onChange={(e) => edit((d) => ({ title: { ...d.title, en: e.target.value } }))} />
        </div>
      </Card>
      <Card title={t("form.where")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>{t(`form.lead.${lead}`)}</p>
          <FieldGrid
            fields={kinds[draft.type] ?? []}
            // The same key is called differently where it means something else.
            label={(path) => t([`fieldOf.${draft.type}.${path}`, `field.${path}`])}
            hint={(path) => t([`hintOf.${draft.type}.${path}`, `hint.${path}`], { defaultValue: "" })}
            values={draft.values}
            errors={errors}
            kept={keptIn(draft, before)}
            onChange={(path, value) => {
              forgive(path);
              edit((d) => ({ values: { ...d.values, [path]: value } }));
            }}
          />
        </div>
      </Card>
      {draft.type === "rest" && (
        <StreamsEditor
          streams={draft.streams}
          errors={errors}
          look={look}
          onChange={(change) => {
            forgive("streams");
            edit((d) => ({ streams: change(d.streams) }));
          }}
        />
      )}
      {trial !== undefined && <TrialState trial={trial} type={draft.type} />}
      {error !== null && (
        <Notice tone="bad">
          <span className={styles["lines"]}>{textOfError(error)}</span>
        </Notice>
      )}
      <div className={styles["foot"]}>
        <Button variant={trial?.ok === true ? "default" : "primary"} icon="play" busy={attempt.isPending} onClick={() => ready(draft, false) && attempt.mutate()}>
          {t("trial.run")}
        </Button>
        <Button type="submit" variant={trial?.ok === true ? "primary" : "default"} icon="check" busy={store.isPending}>
          {t("form.save")}
        </Button>
        <LinkButton variant="ghost" to={existing === undefined ? "/data/connections" : `/data/connections/${encodeURIComponent(draft.name)}`}>
          {t("cancel")}
        </LinkButton>
        {Object.keys(errors).length > 0 && <span className={styles["muted"]}>{t("form.incomplete")}</span>}
      </div>
    </form>
  );
}

/** Makes a connection, or changes one. */
export function ConnectionFormPage() {
  const { t } = useTranslation("connections");
  const { name } = useParams();
  const admin = useCan("admin");
  const all = useResources<ConnectionSpec>("connections", admin && name === undefined);
  const one = useResource<ConnectionSpec>("connections", admin ? name : undefined);
  const title = name === undefined ? t("form.new") : t("form.edit");
  useTitle(title);
  if (!admin) {
    return (
      <Page>
        <Denied detail={t("form.denied")} />
      </Page>
    );
  }
  return (
    <Page narrow>
      <PageHead title={title} lead={t("form.tryFirst")} />
      {name === undefined ? (
        <Loaded query={all} skeleton={<Skeleton height={320} />}>
          {(list) => <Form existing={undefined} taken={list.map((c) => c.metadata.name)} />}
        </Loaded>
      ) : (
        <Loaded query={one} skeleton={<Skeleton height={320} />}>
          {(existing) => <Form key={existing.revision} existing={existing} taken={[]} />}
        </Loaded>
      )}
    </Page>
  );
}
