import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import type { DatasetSpec, RelationshipSpec, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatFull, formatShare } from "@/lib/number";
import { datasetPath } from "@/lib/place";
import { Button, Card, Chip, ConfirmButton, Empty, IconButton, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useAmend, useRelations } from "../hooks";
import type { Relation } from "../types";
import { FoundRelations } from "../upload/FoundRelations";
import { RelationForm } from "./RelationForm";
import { RelationGraph } from "./RelationGraph";

function Match({ match }: { match: Relation | undefined }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  if (match === undefined) return <Chip>{t("relations.unknown")}</Chip>;
  return (
    <>
      <Chip tone={match.share >= 0.99 ? "good" : match.share >= 0.9 ? "watch" : "bad"}>{t("relations.match", { share: formatShare(match.share, lang) })}</Chip>
      {match.unmatched > 0 && <span className={styles["muted"]}>{t("relations.unmatched", { rows: formatFull(match.unmatched, lang) })}</span>}
      {match.missing > 0 && <span className={styles["muted"]}>{t("relations.missing", { rows: formatFull(match.missing, lang) })}</span>}
    </>
  );
}

/** What this dataset refers to and who refers to it, and how well the keys match. */
export function RelationsTab({ dataset, loaded }: { dataset: Resource<DatasetSpec>; loaded: boolean }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const name = dataset.metadata.name;
  const own = dataset.spec.relationships ?? [];
  const datasets = useResources<DatasetSpec>("datasets");
  const matches = useRelations(name, loaded && own.length > 0);
  const amend = useAmend();
  const [form, setForm] = useState<RelationshipSpec | "new" | null>(null);
  const all = datasets.data ?? [];
  const title = (other: string) => pick(all.find((d) => d.metadata.name === other)?.metadata.title, other);
  const matchOf = (r: RelationshipSpec) => matches.data?.find((m) => m.relationship === r.name);
  const incoming = all.flatMap((d) => (d.metadata.name === name ? [] : (d.spec.relationships ?? []).filter((r) => r.to === name).map((r) => ({ key: `${d.metadata.name} ${r.name}`, name: d.metadata.name, title: pick(d.metadata.title, d.metadata.name), relationship: r.name }))));
  if (datasets.data === undefined) return <Skeleton height={240} />;
  return (
    <div className={styles["stack"]}>
      <Card
        title={t("relations.title")}
        actions={
          editor && all.length > 1 ? (
            <Button icon="plus" onClick={() => setForm("new")}>
              {t("relations.add")}
            </Button>
          ) : undefined
        }
      >
        {own.length + incoming.length === 0 ? (
          <Empty icon="link" title={t("relations.none")}>
            {t("relations.noneText")}
          </Empty>
        ) : (
          <RelationGraph title={pick(dataset.metadata.title, name)} incoming={incoming} outgoing={own.map((r) => ({ key: r.name, name: r.to, title: title(r.to), relationship: r.name, share: matchOf(r)?.share }))} />
        )}
        <ul className={styles["found"]}>
          {own.map((r) => (
            <li key={r.name}>
              <div>
                <strong>
                  <code>{r.name}</code> → <Link to={datasetPath(r.to)}>{title(r.to)}</Link>
                </strong>
                <span className={styles["muted"]}>
                  {r.through !== undefined
                    ? t("relation.through", { name: title(r.through) })
                    : `${Object.entries(r.columns ?? {}).map(([here, there]) => `${here} = ${there}`).join(", ")} · ${r.cardinality === "one_to_one" ? t("relation.one") : t("relation.many")}`}
                </span>
              </div>
              <Match match={matchOf(r)} />
              {editor && (
                <>
                  {r.through === undefined && <IconButton small icon="edit" label={t("relations.edit", { name: r.name })} onClick={() => setForm(r)} />}
                  <ConfirmButton
                    small
                    label={t("remove")}
                    title={t("relations.removeTitle", { name: r.name })}
                    onConfirm={() => amend.mutate({ name, change: (spec) => ({ ...spec, relationships: (spec.relationships ?? []).filter((x) => x.name !== r.name) }) }, { onError: (error) => say(textOf(error), "bad") })}
                  >
                    <p>{t("relations.removeText")}</p>
                  </ConfirmButton>
                </>
              )}
            </li>
          ))}
          {incoming.map((l) => (
            <li key={l.key}>
              <div>
                <strong>
                  <Link to={`${datasetPath(l.name)}?tab=relations`}>{l.title}</Link> → {pick(dataset.metadata.title, name)}
                </strong>
                <span className={styles["muted"]}>{t("relations.incoming", { name: l.relationship })}</span>
              </div>
            </li>
          ))}
        </ul>
      </Card>
      {editor && loaded && all.length > 1 && (
        <Card title={t("relations.suggested")}>
          <FoundRelations datasets={all} about={[name]} />
        </Card>
      )}
      {form !== null && <RelationForm dataset={dataset} datasets={all} existing={form === "new" ? null : form} onClose={() => setForm(null)} />}
    </div>
  );
}
