import { useState } from "react";
import { useTranslation } from "react-i18next";
import { usePut } from "@/api/hooks";
import type { ColumnSpec, DatasetSpec, Metadata, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useIdKinds } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatSpan } from "@/lib/date";
import { Button, Card, Input, Notice, Select, SelectField, Table, TextField, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useRecast } from "../hooks";
import { columnTypes } from "../types";
import { Dimensions, type Dimension } from "./Dimensions";
import { RecastNotice } from "./RecastNotice";
import { useChecked } from "./useChecked";

const promises = ["", "26 hours", "50 hours", "8 days", "35 days"];

/** The definition of a dataset: what it and its columns mean. */
export function ColumnsTab({ dataset, loaded }: { dataset: Resource<DatasetSpec>; loaded: boolean }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const put = usePut<DatasetSpec>("datasets");
  const [metadata, setMetadata] = useState<Metadata>(dataset.metadata);
  const [spec, setSpec] = useState<DatasetSpec>(dataset.spec);
  const changed = JSON.stringify([metadata, spec]) !== JSON.stringify([dataset.metadata, dataset.spec]);
  const written: Dimension[] = (spec.dimensions ?? []).filter((d) => d.name !== "" || d.expr !== "");
  const typesChanged = spec.columns.some((c) => dataset.spec.columns.find((before) => before.name === c.name)?.type !== c.type);
  const recast = useRecast(dataset.metadata.name, spec, editor && loaded && typesChanged);
  const findings = useChecked(metadata, { ...spec, dimensions: spec.dimensions }, editor && changed);
  const errors = findings.filter((f) => f.severity === "error" && !(f.path ?? "").startsWith("spec.dimensions") && (f.path ?? "") !== "");
  const setColumn = (name: string, part: Partial<ColumnSpec>) => setSpec({ ...spec, columns: spec.columns.map((c) => (c.name === name ? { ...c, ...part } : c)) });
  const setTitle = (c: ColumnSpec, lang: "zh" | "en", value: string) => setColumn(c.name, { title: { ...c.title, [lang]: value || undefined } });
  const kinds = useIdKinds(spec.columns.map((c) => c.entity));
  const times = spec.columns.filter((c) => c.type === "date" || c.type === "timestamp");
  const within = spec.freshness?.within ?? "";
  const timeOptions = [...times.map((c) => ({ value: c.name, label: pick(c.title, c.name) })), ...(spec.time !== undefined && spec.time.includes(".") ? [{ value: spec.time, label: spec.time }] : [])];

  return (
    <form
      className={styles["stack"]}
      onSubmit={(e) => {
        e.preventDefault();
        put.mutate({ metadata, spec: { ...spec, dimensions: written.length > 0 ? written : undefined }, revision: dataset.revision }, { onSuccess: () => say(t("saved")) });
      }}
    >
      <Card title={t("about.title")}>
        <fieldset className={styles["fields"]} disabled={!editor}>
          <TextField label={t("titleZh")} lang="zh-CN" value={metadata.title?.zh ?? ""} onChange={(e) => setMetadata({ ...metadata, title: { ...metadata.title, zh: e.target.value || undefined } })} />
          <TextField label={t("titleEn")} lang="en" value={metadata.title?.en ?? ""} onChange={(e) => setMetadata({ ...metadata, title: { ...metadata.title, en: e.target.value || undefined } })} />
          <TextField label={t("about.meaningZh")} lang="zh-CN" value={metadata.description?.zh ?? ""} onChange={(e) => setMetadata({ ...metadata, description: { ...metadata.description, zh: e.target.value || undefined } })} />
          <TextField label={t("about.meaningEn")} lang="en" value={metadata.description?.en ?? ""} onChange={(e) => setMetadata({ ...metadata, description: { ...metadata.description, en: e.target.value || undefined } })} />
          <TextField label={t("about.owner")} value={metadata.owner ?? ""} onChange={(e) => setMetadata({ ...metadata, owner: e.target.value || undefined })} />
          <SelectField label={t("time.label")} hint={t("time.hint")} value={spec.time ?? ""} onChange={(e) => setSpec({ ...spec, time: e.target.value || undefined })} options={[{ value: "", label: t("time.none") }, ...timeOptions]} />
          <SelectField
            label={t("about.promise")}
            hint={t("about.promiseHint")}
            value={within}
            onChange={(e) => setSpec({ ...spec, freshness: e.target.value === "" ? undefined : { within: e.target.value } })}
            options={(promises.includes(within) ? promises : [...promises, within]).map((p, i) => ({ value: p, label: i < promises.length ? t(`promise.${i}`) : formatSpan(p, lang) }))}
          />
        </fieldset>
      </Card>
      <Card title={t("columns.title")} className={styles["spaced"]}>
        {editor && <p className={styles["muted"]}>{loaded ? t("columns.typesFixed") : t("columns.typesFree")}</p>}
        {loaded && typesChanged && <RecastNotice query={recast} titleOf={(name) => pick(spec.columns.find((c) => c.name === name)?.title, name)} />}
        <Table
          label={t("columns.title")}
          rows={spec.columns}
          rowKey={(c) => c.name}
          columns={[
            {
              key: "name",
              title: t("columns.name"),
              head: true,
              cell: (c) => (
                <>
                  <code>{c.name}</code> {(spec.primaryKey ?? []).includes(c.name) && <small className={styles["type"]}>{t("columns.key")}</small>}
                </>
              ),
            },
            { key: "source", title: t("columns.source"), cell: (c) => c.source ?? c.name },
            { key: "zh", title: t("titleZh"), cell: (c) => (editor ? <Input lang="zh-CN" aria-label={t("columns.titleZhOf", { name: c.name })} value={c.title?.zh ?? ""} onChange={(e) => setTitle(c, "zh", e.target.value)} /> : c.title?.zh) },
            { key: "en", title: t("titleEn"), cell: (c) => (editor ? <Input lang="en" aria-label={t("columns.titleEnOf", { name: c.name })} value={c.title?.en ?? ""} onChange={(e) => setTitle(c, "en", e.target.value)} /> : c.title?.en) },
            {
              key: "type",
              title: t("column.type"),
              cell: (c) =>
                editor ? (
                  <Select aria-label={t("columns.typeOf", { name: c.name })} value={c.type} onChange={(e) => setColumn(c.name, { ...(dataset.spec.columns.find((x) => x.name === c.name && x.type === e.target.value) ?? { format: undefined, precision: undefined, scale: undefined }), type: e.target.value, title: c.title })} options={columnTypes.map((type) => ({ value: type, label: t(`type.${type}`) }))} />
                ) : (
                  <>
                    {t(`type.${c.type}`)}
                    {c.format !== undefined && c.format !== "" && <small className={styles["muted"]}> {c.format}</small>}
                  </>
                ),
            },
            {
              key: "entity",
              title: t("columns.identifies"),
              // Ids are texts or whole numbers.
              cell: (c) =>
                editor && (c.entity !== undefined || c.type === "string" || c.type === "integer") ? (
                  <Select aria-label={t("columns.identifiesOf", { name: c.name })} value={c.entity ?? ""} onChange={(e) => setColumn(c.name, { entity: e.target.value || undefined })} options={[{ value: "", label: t("columns.identifiesNone") }, ...kinds.map((k) => ({ value: k.name, label: k.label }))]} />
                ) : (
                  c.entity
                ),
            },
          ]}
        />
      </Card>
      <Card title={t("dims.title")}>
        <Dimensions dataset={dataset.metadata.name} dimensions={spec.dimensions ?? []} findings={findings} readOnly={!editor} onChange={(dimensions) => setSpec({ ...spec, dimensions })} />
      </Card>
      {errors.map((f) => (
        <Notice key={`${f.path ?? ""} ${f.rule}`} tone="bad">
          {pick(f.text)}
        </Notice>
      ))}
      {put.error !== null && (
        <Notice tone="bad">
          <span className={styles["lines"]}>{textOf(put.error)}</span>
        </Notice>
      )}
      {editor && changed && (
        <div className={styles["foot"]}>
          <Button type="submit" variant="primary" busy={put.isPending} disabled={loaded && typesChanged && recast.data?.lost !== 0}>
            {t("save")}
          </Button>
          <Button
            onClick={() => {
              setMetadata(dataset.metadata);
              setSpec(dataset.spec);
            }}
          >
            {t("columns.discard")}
          </Button>
        </div>
      )}
    </form>
  );
}
