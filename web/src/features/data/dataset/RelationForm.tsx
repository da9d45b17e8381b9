import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, RelationshipSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Dialog, Notice, Picker, Segmented, SelectField, TextField, useErrorText } from "@/ui";
import styles from "../data.module.css";
import { useAmend } from "../hooks";
import { isName } from "../upload/draft";
import { freeName } from "../upload/FoundRelations";

interface Props {
  dataset: Resource<DatasetSpec>;
  datasets: Resource<DatasetSpec>[];
  /** The relationship to change; null for a new one. */
  existing: RelationshipSpec | null;
  onClose: () => void;
}

/** The columns here that most likely hold a key of another dataset. */
function matching(here: DatasetSpec, there: Resource<DatasetSpec> | undefined): Record<string, string> {
  const out: Record<string, string> = {};
  for (const key of there?.spec.primaryKey ?? []) {
    const type = there?.spec.columns.find((c) => c.name === key)?.type;
    const same = here.columns.filter((c) => c.type === type);
    const column = same.find((c) => c.name === key) ?? same.find((c) => c.name.endsWith(`_${key}`) || c.name === `${there?.metadata.name.replace(/s$/, "")}_${key}`);
    if (column !== undefined) out[column.name] = key;
  }
  return out;
}

/** Says which columns here hold the key of another dataset. */
export function RelationForm({ dataset, datasets, existing, onClose }: Props) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const textOf = useErrorText();
  const amend = useAmend();
  const [to, setTo] = useState(existing?.to ?? "");
  const [name, setName] = useState(existing?.name ?? "");
  const [columns, setColumns] = useState<Record<string, string>>(existing?.columns ?? {});
  const [cardinality, setCardinality] = useState(existing?.cardinality ?? "many_to_one");
  const there = datasets.find((d) => d.metadata.name === to);
  const key = there?.spec.primaryKey ?? [];
  const hereFor = (k: string) => Object.entries(columns).find(([, target]) => target === k)?.[0] ?? "";
  const complete = key.length > 0 && key.every((k) => hereFor(k) !== "");
  const others = (dataset.spec.relationships ?? []).filter((r) => r.name !== existing?.name);
  const taken = others.some((r) => r.name === name) || dataset.spec.columns.some((c) => c.name === name);

  const choose = (target: string) => {
    const resource = datasets.find((d) => d.metadata.name === target);
    setTo(target);
    setColumns(matching(dataset.spec, resource));
    if (existing === null) setName(freeName(target.replace(/ies$/, "y").replace(/s$/, ""), dataset.spec));
  };
  const save = () => {
    const relation: RelationshipSpec = { ...existing, name, to, columns, cardinality };
    const change = (spec: DatasetSpec): DatasetSpec => {
      const all = spec.relationships ?? [];
      return { ...spec, relationships: existing === null ? [...all, relation] : all.map((r) => (r.name === existing.name ? relation : r)) };
    };
    amend.mutate({ name: dataset.metadata.name, change }, { onSuccess: onClose });
  };

  return (
    <Dialog
      title={existing === null ? t("relation.new") : t("relation.edit")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="primary" busy={amend.isPending} disabled={!complete || !isName(name) || taken} onClick={save}>
            {t("save")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <p className={styles["muted"]}>{t("relation.lead", { name: pick(dataset.metadata.title, dataset.metadata.name) })}</p>
        <Picker label={t("relation.to")} options={datasets.filter((d) => d.metadata.name !== dataset.metadata.name).map((d) => ({ value: d.metadata.name, label: pick(d.metadata.title, d.metadata.name), detail: d.metadata.name, disabled: (d.spec.primaryKey ?? []).length === 0 ? t("relation.noKey") : undefined }))} value={to} onChange={choose} />
        {key.map((k) => (
          <SelectField
            key={k}
            label={t("relation.column", { key: k })}
            value={hereFor(k)}
            onChange={(e) => setColumns({ ...Object.fromEntries(Object.entries(columns).filter(([, target]) => target !== k)), ...(e.target.value === "" ? {} : { [e.target.value]: k }) })}
            options={[{ value: "", label: t("choose") }, ...dataset.spec.columns.map((c) => ({ value: c.name, label: `${pick(c.title, c.name)} (${t(`type.${c.type}`)})` }))]}
          />
        ))}
        {to !== "" && (
          <>
            <TextField mono label={t("relation.name")} hint={t("relation.nameHint", { name: name || "customer" })} error={!isName(name) ? t("nameRule") : taken ? t("relation.taken") : undefined} value={name} onChange={(e) => setName(e.target.value)} />
            <Segmented
              label={t("relation.cardinality")}
              value={cardinality}
              onChange={setCardinality}
              options={[
                { value: "many_to_one", label: t("relation.many") },
                { value: "one_to_one", label: t("relation.one") },
              ]}
            />
          </>
        )}
        {amend.error !== null && (
          <Notice tone="bad">
            <span className={styles["lines"]}>{textOf(amend.error)}</span>
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
