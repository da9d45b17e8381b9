import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { usePut } from "@/api/hooks";
import { callTables } from "@/api/tables";
import type { DatasetSpec, Resource } from "@/api/types";
import { useSession } from "@/app/session";
import { AboutFields, CodeOf, FormEnd, NumberField, useFindings, type Definition } from "@/features/write";
import { useText } from "@/i18n/useText";
import { slug } from "@/lib/name";
import { Button, Card, useToast } from "@/ui";
import styles from "./identity.module.css";
import { KindForm } from "./KindForm";
import { LinkForm } from "./LinkForm";
import { TrialCard } from "./TrialCard";
import { kindOf, kindsOf, type EntityLink, type EntitySpec, type IdKind } from "./types";

/** Findings at these paths are shown at their field. */
const atField = /^(metadata\.name|spec\.(ids\[|links\[|most))/;

interface Props {
  existing: Resource<EntitySpec> | null;
  taken: readonly string[];
  tables: readonly Resource<DatasetSpec>[];
}

/** Makes an entity, or changes one: its kinds of ids, and which rows say that ids are of one. */
export function EntityForm({ existing, taken, tables }: Props) {
  const { t } = useTranslation("identity");
  const { pick } = useText();
  const go = useNavigate();
  const say = useToast();
  const { user } = useSession();
  const put = usePut<EntitySpec>("entities");
  const [draft, setDraft] = useState<Definition<EntitySpec>>(() =>
    existing === null ? { metadata: { name: "", owner: user?.name }, spec: { ids: [{ name: "user_id" }] } } : { metadata: existing.metadata, spec: { ...existing.spec, ids: existing.spec.ids.map(kindOf) } },
  );
  const { metadata, spec } = draft;
  const set = (part: Partial<EntitySpec>) => setDraft({ ...draft, spec: { ...spec, ...part } });
  const ids = spec.ids.map(kindOf);
  const links = spec.links ?? [];
  const setIds = (next: IdKind[]) => set({ ids: next });
  const setLinks = (next: EntityLink[]) => set({ links: next.length === 0 ? undefined : next });
  // A kind that is called otherwise stays linked.
  const setKind = (i: number, next: IdKind) => {
    const was = ids[i]?.name ?? "";
    const renamed = was === "" || was === next.name ? links : links.map((l) => ({ ...l, ids: Object.fromEntries(Object.entries(l.ids).map(([c, k]) => [c, k === was ? next.name : k])) }));
    set({ ids: ids.with(i, next), links: renamed.length === 0 ? undefined : renamed });
  };
  const proposed = slug(metadata.title?.en ?? "", "entity", taken);
  const name = existing?.metadata.name ?? (metadata.name || proposed);
  const definition = { metadata: { ...metadata, name }, spec };
  const titled = metadata.name !== "" || (metadata.title?.zh ?? metadata.title?.en) !== undefined;
  const ready = titled && ids.length > 0 && ids.every((id) => id.name !== "") && links.every((l) => l.dataset !== "");
  const findings = useFindings("Entity", definition, ready, atField);
  const { errorAt } = findings;
  const sources = [...tables.map((d) => ({ name: d.metadata.name, title: pick(d.metadata.title, d.metadata.name), columns: d.spec.columns })), ...callTables.map((c) => ({ ...c, title: pick(c.title) }))];
  const columnsOf = (kind: string) => sources.flatMap((s) => s.columns.filter((c) => c.entity === kind).map((c) => `${s.name}.${c.name}`));
  const back = existing === null ? "/data/entities" : `/data/entities/${encodeURIComponent(name)}`;

  return (
    <form
      className={styles["stack"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (!ready || findings.failed) return;
        put.mutate(
          { ...definition, revision: existing?.revision ?? 0 },
          {
            onSuccess: () => {
              say(t("saved"));
              void go(`/data/entities/${encodeURIComponent(name)}`);
            },
          },
        );
      }}
    >
      <Card title={t("form.what")}>
        <AboutFields metadata={metadata} fresh={existing === null ? { proposed, error: errorAt("metadata.name") } : undefined} onChange={(next) => setDraft({ ...draft, metadata: next })} />
      </Card>
      <Card title={t("form.kinds")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>{t("form.kindsHint")}</p>
          {ids.map((id, i) => (
            <KindForm key={i} value={id} path={`spec.ids[${i}]`} columns={columnsOf(id.name)} first={i === 0} errorAt={errorAt} onChange={(next) => setKind(i, next)} onUp={() => setIds(ids.toSpliced(i, 1).toSpliced(i - 1, 0, id))} onRemove={() => setIds(ids.toSpliced(i, 1))} />
          ))}
          <div>
            <Button icon="plus" onClick={() => setIds([...ids, { name: "" }])}>
              {t("form.addKind")}
            </Button>
          </div>
          <NumberField label={t("form.most")} hint={t("form.mostHint")} error={errorAt("spec.most")} value={spec.most} onChange={(most) => set({ most })} />
        </div>
      </Card>
      <Card title={t("form.links")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>{t("form.linksHint")}</p>
          {links.map((link, i) => (
            <LinkForm key={i} value={link} path={`spec.links[${i}]`} kinds={kindsOf(spec).filter(Boolean)} sources={sources} errorAt={errorAt} onChange={(next) => setLinks(links.with(i, next))} onRemove={() => setLinks(links.toSpliced(i, 1))} />
          ))}
          <div>
            <Button icon="plus" onClick={() => setLinks([...links, { dataset: "", ids: {} }])}>
              {t("form.addLink")}
            </Button>
          </div>
        </div>
      </Card>
      {links.length > 0 && <TrialCard name={name} spec={spec} ready={ready && !findings.failed} />}
      <CodeOf kind="Entity" definition={definition} />
      <FormEnd findings={findings} ready={ready} missing={t("form.incomplete")} error={put.error} busy={put.isPending} onCancel={() => void go(back)} />
    </form>
  );
}
