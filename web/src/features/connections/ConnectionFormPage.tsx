import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { useResource, useResources } from "@/api/hooks";
import type { Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useTitle } from "@/lib/title";
import { Button, Card, Denied, LinkButton, Loaded, Notice, Page, PageHead, SelectField, Skeleton, TextAreaField, TextField, useErrorText } from "@/ui";
import styles from "./connections.module.css";
import { draftOf, emptyDraft, isName, missing, specOf, vaultName, type Draft } from "./draft";
import { keepSecret, tryDraft, useSaveConnection } from "./hooks";
import { isSecret, kinds, ofFiles, type FieldDef } from "./kinds";
import { TrialState } from "./TrialState";
import type { ConnectionSpec, SecretRef, Trial } from "./types";

function SpecField({ field, draft, kept, edit }: { field: FieldDef; draft: Draft; kept: boolean; edit: (change: Partial<Draft>) => void }) {
  const { t } = useTranslation("connections");
  // The same key is called differently where it means something else.
  const label = t([`fieldOf.${draft.type}.${field.key}`, `field.${field.key}`]);
  if (field.kind === "tls") {
    const options = ["", "unverified", "off"].map((value) => ({ value, label: t(`tls.${value === "" ? "verify" : value}`) }));
    return <SelectField label={label} value={draft.values[field.key] ?? ""} options={options} onChange={(e) => edit({ values: { ...draft.values, [field.key]: e.target.value } })} />;
  }
  if (field.kind === "longSecret") {
    return <TextAreaField mono rows={3} label={label} hint={kept ? t("form.secretKept") : t("form.secretHint")} value={draft.secrets[field.key] ?? ""} onChange={(e) => edit({ secrets: { ...draft.secrets, [field.key]: e.target.value } })} />;
  }
  if (field.kind === "secret") {
    return (
      <TextField
        type="password"
        autoComplete="new-password"
        label={label}
        hint={kept ? t("form.secretKept") : t("form.secretHint")}
        placeholder={kept ? "••••••••" : undefined}
        value={draft.secrets[field.key] ?? ""}
        onChange={(e) => edit({ secrets: { ...draft.secrets, [field.key]: e.target.value } })}
      />
    );
  }
  return (
    <TextField
      label={label}
      inputMode={field.kind === "number" ? "numeric" : undefined}
      required={field.required}
      placeholder={field.placeholder}
      value={draft.values[field.key] ?? ""}
      onChange={(e) => edit({ values: { ...draft.values, [field.key]: e.target.value } })}
    />
  );
}

function Form({ existing, taken }: { existing: Resource<ConnectionSpec> | undefined; taken: string[] }) {
  const { t } = useTranslation("connections");
  const navigate = useNavigate();
  const textOf = useErrorText();
  const save = useSaveConnection();
  const [draft, setDraft] = useState<Draft>(() => (existing === undefined ? emptyDraft("postgres") : draftOf(existing.metadata, existing.spec)));
  const [trial, setTrial] = useState<Trial>();
  const edit = (change: Partial<Draft>) => {
    setDraft((d) => ({ ...d, ...change }));
    setTrial(undefined);
  };
  const fields = kinds[draft.type] ?? [];
  const nameError = draft.name === "" ? undefined : !isName(draft.name) ? t("form.nameRule") : existing === undefined && taken.includes(draft.name) ? t("form.taken") : undefined;
  const complete = isName(draft.name) && nameError === undefined && missing(draft).length === 0;
  const kept = (key: string) => existing?.spec.type === draft.type && (existing.spec[key] as SecretRef | undefined) !== undefined;

  // What was typed goes to the vault first: a connection only refers to it.
  const secrets = async () => {
    for (const field of fields) {
      const value = draft.secrets[field.key] ?? "";
      if (isSecret(field.kind) && value !== "") await keepSecret(vaultName(draft.name, field.key), value);
    }
  };
  const attempt = useMutation({
    mutationFn: async () => {
      await secrets();
      return tryDraft(specOf(draft, existing?.spec));
    },
    onSuccess: setTrial,
  });
  const store = useMutation({
    mutationFn: async () => {
      await secrets();
      await save.mutateAsync({ metadata: { ...existing?.metadata, name: draft.name, title: draft.title }, spec: specOf(draft, existing?.spec), revision: existing?.revision ?? null });
    },
    onSuccess: () => navigate(`/data/connections/${encodeURIComponent(draft.name)}`),
  });
  const error = attempt.error ?? store.error;

  return (
    <form
      className={styles["stack"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (complete) store.mutate();
      }}
    >
      <Card title={t("form.what")}>
        <div className={styles["fields"]}>
          <SelectField label={t("list.type")} value={draft.type} disabled={existing !== undefined} options={Object.keys(kinds).map((value) => ({ value, label: t(`type.${value}`) }))} onChange={(e) => edit({ type: e.target.value })} />
          <TextField mono required label={t("form.name")} hint={t("form.nameHint")} error={nameError} value={draft.name} disabled={existing !== undefined} onChange={(e) => edit({ name: e.target.value })} />
          <TextField label={t("form.titleZh")} lang="zh-CN" value={draft.title.zh ?? ""} onChange={(e) => edit({ title: { ...draft.title, zh: e.target.value } })} />
          <TextField label={t("form.titleEn")} lang="en" value={draft.title.en ?? ""} onChange={(e) => edit({ title: { ...draft.title, en: e.target.value } })} />
        </div>
      </Card>
      <Card title={t("form.where")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>{draft.type === "folder" ? t("form.folders") : t("form.readOnly")}</p>
          <div className={styles["fields"]}>
            {fields.filter((f) => f.more !== true).map((f) => <SpecField key={f.key} field={f} draft={draft} kept={kept(f.key)} edit={edit} />)}
          </div>
          {fields.some((f) => f.more === true) && (
            <details open={trial?.ok === false || undefined}>
              <summary>{t("form.more")}</summary>
              <div className={styles["fields"]}>
                {fields.filter((f) => f.more === true).map((f) => <SpecField key={f.key} field={f} draft={draft} kept={kept(f.key)} edit={edit} />)}
              </div>
            </details>
          )}
        </div>
      </Card>
      {trial !== undefined && <TrialState trial={trial} files={ofFiles.has(draft.type)} />}
      {error !== null && (
        <Notice tone="bad">
          <span className={styles["lines"]}>{textOf(error)}</span>
        </Notice>
      )}
      <div className={styles["foot"]}>
        <Button variant={trial?.ok === true ? "default" : "primary"} icon="play" disabled={!complete} busy={attempt.isPending} onClick={() => attempt.mutate()}>
          {t("trial.run")}
        </Button>
        <Button type="submit" variant={trial?.ok === true ? "primary" : "default"} icon="check" disabled={!complete} busy={store.isPending}>
          {t("form.save")}
        </Button>
        <LinkButton variant="ghost" to={existing === undefined ? "/data/connections" : `/data/connections/${encodeURIComponent(draft.name)}`}>
          {t("cancel")}
        </LinkButton>
        {!complete && <span className={styles["muted"]}>{t("form.incomplete")}</span>}
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
      <PageHead title={title} lead={t("form.lead")} />
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
