import { useCallback, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { usePut, useResource } from "@/api/hooks";
import type { DatasetSpec, Finding, Resource, Text } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { slug } from "@/lib/name";
import { datasetPath } from "@/lib/place";
import { remember, remembered } from "@/lib/storage";
import { useMedia } from "@/lib/theme";
import { useTitle } from "@/lib/title";
import { Button, Card, Denied, Empty, ErrorState, LinkButton, Loaded, Notice, Page, PageHead, Picker, SelectField, Skeleton, TextField, useErrorText } from "@/ui";
import { begin, moved, next } from "./history";
import { useLook, usePreview, useTables } from "./hooks";
import { ColumnsPick } from "./picks";
import { PreviewPane } from "./PreviewPane";
import styles from "./prepare.module.css";
import { shapes } from "./shape";
import { StepForm } from "./StepForm";
import { StepList } from "./StepList";
import { kindOf, type Draft, type Step, type Table } from "./types";
import { toYaml } from "@/lib/yaml";

interface About {
  name: string;
  title: Text;
  primaryKey: string[];
  time: string;
}

interface Kept extends About, Draft {}

const keptAs = (name: string) => `prepare.${name}`;

/** What was being written when the page was left, unless it is of another revision. */
function keptDraft(name: string): Kept | null {
  try {
    return JSON.parse(remembered(keptAs(name)) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

interface Start {
  dataset?: Resource<DatasetSpec>;
  start: Kept;
  fromDraft: boolean;
  tables: readonly Table[];
}

function Editor({ dataset, start, fromDraft, tables }: Start) {
  const { t } = useTranslation("prepare");
  const { pick } = useText();
  const textOf = useErrorText();
  const go = useNavigate();
  const put = usePut<DatasetSpec>("datasets");
  const key = dataset?.metadata.name ?? "";
  const [history, dispatch] = useReducer(next, { from: start.from, steps: start.steps }, begin);
  const [about, setAbout] = useState<About>(start);
  const [chosen, choose] = useState(start.steps.length);
  const [code, setCode] = useState(false);
  const [kept, setKept] = useState(fromDraft);
  const form = useRef<HTMLDivElement>(null);
  const below = useMedia("(max-width: 900px)");
  const draft = history.now;
  const step = Math.min(chosen, draft.steps.length);
  const preview = usePreview(draft, step);
  const look = useLook(draft, Math.max(0, step - 1));
  const change = useCallback((draft: Draft, part: string) => dispatch({ do: "change", draft, part, at: Date.now() }), []);

  useEffect(() => remember(keptAs(key), JSON.stringify({ ...about, ...draft })), [key, about, draft]);
  useEffect(() => {
    const pressed = (e: KeyboardEvent) => {
      const at = e.target instanceof HTMLElement ? e.target : null;
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== "z" || (at !== null && at.closest("input, textarea, [contenteditable]") !== null)) return;
      e.preventDefault();
      dispatch({ do: e.shiftKey ? "redo" : "undo" });
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, []);

  const findings = useMemo(() => preview.data?.findings ?? [], [preview.data]);
  const wrong = useMemo(() => new Set(findings.flatMap((f) => /^steps\[(\d+)\]/.exec(f.path ?? "")?.slice(1).map((n) => Number(n) + 1) ?? [])), [findings]);
  const stages = preview.data?.stages ?? [];
  const before = stages[Math.min(step - 1, stages.length - 1)]?.columns ?? tables.find((x) => x.dataset === draft.from)?.columns ?? [];
  const last = stages.length > draft.steps.length ? (stages.at(-1)?.columns ?? []) : [];
  const errorAt = (path: string): Finding | undefined => {
    const at = `steps[${step - 1}].${path}`;
    return findings.find((f) => f.path === at) ?? findings.find((f) => f.path?.startsWith(`${at}[`) === true || f.path?.startsWith(`${at}.`) === true);
  };
  // What no field of the form shows stands above it.
  const kind = kindOf(draft.steps[step - 1] ?? {});
  const own = findings.filter((f) => f.path === `steps[${step - 1}]` || (f.path === `steps[${step - 1}].${kind}` && shapes[kind].holds !== "one"));

  // Where the form stands below the list it comes into sight.
  const show = (step: number) => {
    choose(step);
    if (below) form.current?.scrollIntoView();
  };
  const edit = (steps: Step[], part = "") => change({ ...draft, steps }, part);
  const publish = async () => {
    const { columns: _, ...rest } = dataset?.spec ?? { columns: [] };
    const written = Object.keys(dataset?.spec ?? {}).includes("columns") ? { columns: dataset?.spec.columns } : {};
    const spec = { ...rest, ...written, primaryKey: about.primaryKey, time: about.time || undefined, source: { ...(dataset?.spec.source as object | undefined), from: draft.from, steps: draft.steps } } as unknown as DatasetSpec;
    const metadata = { ...dataset?.metadata, name: about.name, title: about.title };
    await put.mutateAsync({ metadata, spec, revision: dataset?.revision ?? 0 });
    remember(keptAs(key), null);
    // Without rows in the inputs there is nothing to make yet: it follows by itself.
    await api("POST", `/datasets/${encodeURIComponent(about.name)}/refresh`).catch(() => undefined);
    await go(`${datasetPath(about.name)}?tab=loads`);
  };
  const ready = about.name !== "" && draft.from !== "" && findings.length === 0 && preview.data !== undefined && !preview.stale;

  return (
    <Page>
      <PageHead
        title={dataset === undefined ? t("title") : t("titleOf", { name: pick(dataset.metadata.title, dataset.metadata.name) })}
        lead={t("lead")}
        actions={
          <>
            <Button icon="undo" disabled={history.past.length === 0} onClick={() => dispatch({ do: "undo" })}>
              {t("undo")}
            </Button>
            <Button icon="redo" disabled={history.future.length === 0} onClick={() => dispatch({ do: "redo" })}>
              {t("redo")}
            </Button>
            <Button icon="code" aria-pressed={code} onClick={() => setCode(!code)}>
              {t("asCode")}
            </Button>
            <Button variant="primary" busy={put.isPending} disabled={!ready} onClick={() => void publish().catch(() => undefined)}>
              {t("publish")}
            </Button>
          </>
        }
      />
      <div className={styles["said"]}>
        {kept && (
          <Notice>
            {t("draftKept")}{" "}
            <Button
              small
              onClick={() => {
                const spec = dataset?.spec.source as unknown as Draft | undefined;
                change({ from: spec?.from ?? "", steps: spec?.steps ?? [] }, "");
                if (dataset === undefined) setAbout({ name: "", title: {}, primaryKey: [], time: "" });
                setKept(false);
              }}
            >
              {t(dataset === undefined ? "afresh" : "discard")}
            </Button>
          </Notice>
        )}
        {put.isError && <Notice tone="bad">{textOf(put.error)}</Notice>}
      </div>
      <div className={styles["layout"]}>
        <Card title={t("steps")}>
          <StepList
            from={draft.from}
            titleOf={(name) => pick(tables.find((x) => x.dataset === name)?.title, name)}
            steps={draft.steps}
            stages={stages}
            wrong={wrong}
            chosen={step}
            choose={show}
            add={(kind, at) => {
              edit([...draft.steps.slice(0, at), { [kind]: shapes[kind].fresh() }, ...draft.steps.slice(at)]);
              show(at + 1);
            }}
            move={(from, to) => {
              if (to < 0 || to >= draft.steps.length) return;
              edit(moved(draft.steps, from, to));
              choose(to + 1);
            }}
            remove={(n) => {
              edit(draft.steps.filter((_, i) => i !== n - 1));
              choose(Math.min(n, draft.steps.length - 1));
            }}
          />
        </Card>
        <div className={styles["stack"]} ref={form}>
          {step === 0 ? (
            <Card title={t("input")}>
              <Picker label={t("from")} options={tables.filter((x) => x.dataset !== key).map((x) => ({ value: x.dataset, label: pick(x.title, x.dataset), detail: `${x.dataset} · ${t("columnCount", { count: x.columns.length })}` }))} value={draft.from} onChange={(from) => change({ ...draft, from }, "")} />
            </Card>
          ) : (
            <Card title={t("stepTitle", { n: step, kind: t(`kind.${kind}`) })}>
              {own.map((f) => (
                <Notice key={`${f.path ?? ""}${f.rule}`} tone="bad">
                  {pick(f.text)}
                </Notice>
              ))}
              <StepForm key={step} step={draft.steps[step - 1] ?? {}} around={{ columns: before, tables, errorAt, look }} onChange={(s) => edit(draft.steps.map((old, i) => (i === step - 1 ? s : old)), `step ${step}`)} />
            </Card>
          )}
          {code && (
            <Card title={t("asCode")}>
              {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
              <pre className={styles["code"]} tabIndex={0} role="region" aria-label={t("asCode")}>
                {toYaml(draft.from, draft.steps)}
              </pre>
            </Card>
          )}
          {preview.isError ? <Card><ErrorState error={preview.error} onRetry={() => void preview.refetch()} /></Card> : preview.data !== undefined && <PreviewPane preview={preview.data} busy={preview.stale} />}
          <Card title={t("settings")} className={styles["stack"]}>
            <div className={styles["fields"]}>
              <TextField label={t("titleZh")} value={about.title.zh ?? ""} onChange={(e) => setAbout({ ...about, title: { ...about.title, zh: e.target.value } })} />
              <TextField label={t("titleEn")} value={about.title.en ?? ""} onChange={(e) => setAbout({ ...about, title: { ...about.title, en: e.target.value }, name: dataset === undefined ? slug(e.target.value, "prepared") : about.name })} />
              <TextField label={t("name")} mono readOnly={dataset !== undefined} value={about.name} onChange={(e) => setAbout({ ...about, name: e.target.value })} />
              <SelectField
                label={t("time")}
                value={about.time}
                onChange={(e) => setAbout({ ...about, time: e.target.value })}
                options={[{ value: "", label: t("noTime") }, ...last.filter((c) => c.type === "date" || c.type === "timestamp").map((c) => ({ value: c.name, label: pick(c.title, c.name) })), ...(about.time !== "" && !last.some((c) => c.name === about.time) ? [{ value: about.time, label: about.time }] : [])]}
              />
            </div>
            {last.length > 0 && <ColumnsPick label={t("key")} columns={last} value={about.primaryKey} onChange={(primaryKey) => setAbout({ ...about, primaryKey })} />}
            {draft.from === "" || about.name === "" ? <p className={styles["muted"]}>{t("incomplete")}</p> : findings.length > 0 && <p className={styles["muted"]}>{t("mend")}</p>}
          </Card>
        </div>
      </div>
    </Page>
  );
}

/** There is nothing to prepare from. */
function NoInput() {
  const { t } = useTranslation("prepare");
  return (
    <Page>
      <PageHead title={t("title")} lead={t("lead")} />
      <Card>
        <Empty icon="data" title={t("noInput")} action={<LinkButton variant="primary" icon="data" to="/data">{t("toData")}</LinkButton>}>
          {t("noInputText")}
        </Empty>
      </Card>
    </Page>
  );
}

/** Makes a new dataset out of others, or changes the steps of one. */
export function PreparePage() {
  const { t } = useTranslation("prepare");
  const { name } = useParams();
  const [search] = useSearchParams();
  const dataset = useResource<DatasetSpec>("datasets", name);
  const tables = useTables();
  const { pick } = useText();
  const editor = useCan("editor");
  useTitle(name === undefined ? t("title") : t("titleOf", { name: pick(dataset.data?.metadata.title, name) }));
  if (!editor) {
    return (
      <Page>
        <Denied />
      </Page>
    );
  }
  const skeleton = <Page><Skeleton height={320} /></Page>;
  if (name === undefined) {
    const draft = keptDraft("");
    const blank: Kept = { name: "", title: {}, primaryKey: [], time: "", from: search.get("from") ?? "", steps: [] };
    return <Loaded query={tables} skeleton={skeleton}>{(list) => list.length === 0 ? <NoInput /> : <Editor start={draft ?? blank} fromDraft={draft !== null && (draft.from !== "" || draft.steps.length > 0)} tables={list} />}</Loaded>;
  }
  return (
    <Loaded query={tables} skeleton={skeleton}>
      {(list) => (
        <Loaded query={dataset} skeleton={skeleton}>
          {(resource) => {
            const source = resource.spec.source as unknown as Partial<Draft> | undefined;
            const stored: Kept = { name, title: resource.metadata.title ?? {}, primaryKey: resource.spec.primaryKey ?? [], time: resource.spec.time ?? "", from: source?.from ?? "", steps: source?.steps ?? [] };
            const draft = keptDraft(name);
            const same = draft === null || JSON.stringify([draft.from, draft.steps]) === JSON.stringify([stored.from, stored.steps]);
            return <Editor key={resource.revision} dataset={resource} start={same ? stored : draft} fromDraft={!same} tables={list} />;
          }}
        </Loaded>
      )}
    </Loaded>
  );
}
