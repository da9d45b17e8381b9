import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { api } from "@/api/client";
import { usePut } from "@/api/hooks";
import type { Resource } from "@/api/types";
import { AboutFields, CodeOf, FormEnd, LinesField, PickedField, useFindings, useIdKinds } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import { slug } from "@/lib/name";
import { Button, Card, Checkbox, Choices, TextField, Ticks, useToast } from "@/ui";
import { toggled, type EventDraft } from "./draft";
import { pageOf } from "./EventList";
import styles from "./events.module.css";
import { PropertyForm } from "./PropertyForm";
import type { EventSpec, Property, Replayed } from "./types";

/** Findings at these paths are shown at their field. */
const atField = /^(metadata\.name|spec\.(names|properties\[|ids|after|freshness))/;
const unplanned = ["keep", "drop", "quarantine"] as const;
const violating = ["quarantine", "keep"] as const;

interface Props {
  existing: Resource<EventSpec> | null;
  start: EventDraft;
  events: readonly Resource<EventSpec>[];
}

/** Makes an event of the plan, or changes one. */
export function EventForm({ existing, start, events }: Props) {
  const { t } = useTranslation("events");
  const { lang, pick } = useText();
  const go = useNavigate();
  const say = useToast();
  const put = usePut<EventSpec>("events");
  const [draft, setDraft] = useState(start);
  const { metadata, spec } = draft;
  // A property that is an id can be one that must be there.
  const idProperties = (spec.properties ?? []).filter((p) => p.entity !== undefined && p.name !== "").map((p) => p.name);
  const idKinds = useIdKinds([...(spec.ids ?? []), ...idProperties]);
  const kinds = useIdKinds((spec.properties ?? []).map((p) => p.entity));
  const set = (part: Partial<EventSpec>) => setDraft({ ...draft, spec: { ...spec, ...part } });
  const properties = spec.properties ?? [];
  const setProperties = (next: Property[]) => set({ properties: next.length === 0 ? undefined : next });
  const proposed = slug(metadata.title?.en ?? spec.names?.[0] ?? "", "event", events.map((e) => e.metadata.name));
  const name = existing?.metadata.name ?? (metadata.name || proposed);
  const definition = { metadata: { ...metadata, name }, spec };
  const ready = existing !== null || metadata.name !== "" || (metadata.title?.zh ?? metadata.title?.en ?? spec.names?.[0]) !== undefined;
  const findings = useFindings("Event", definition, ready, atField);
  const { errorAt } = findings;

  // What came before the plan said this may fit it now.
  const save = useMutation({
    mutationFn: async () => {
      await put.mutateAsync({ ...definition, revision: existing?.revision ?? 0 });
      return api<Replayed>("POST", "/events/quarantine/replay", { body: { event: name } });
    },
    onSuccess: ({ stored }) => {
      say(stored > 0 ? t("form.savedAnd", { count: stored, n: formatFull(stored, lang) }) : t("saved"));
      void go(pageOf(name));
    },
  });

  return (
    <form
      className={styles["stack"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (ready && !findings.failed) save.mutate();
      }}
    >
      <Card title={t("form.what")}>
        <AboutFields metadata={metadata} fresh={existing === null ? { proposed, error: errorAt("metadata.name") } : undefined} onChange={(next) => setDraft({ ...draft, metadata: next })}>
          <LinesField label={t("form.names")} hint={t("form.namesHint")} error={errorAt("spec.names")} value={spec.names} onChange={(names) => set({ names })} />
        </AboutFields>
        <p className={styles["marks"]}>
          <Checkbox label={t("form.key")} checked={spec.key === true} onChange={(e) => set({ key: e.target.checked || undefined })} />
          {(["page", "screen"] as const).map((call) => (
            <Checkbox key={call} label={t(`form.call.${call}`)} checked={spec.calls?.includes(call) === true} onChange={(e) => set({ calls: toggled(spec.calls, call, e.target.checked) })} />
          ))}
        </p>
      </Card>
      <Card title={t("properties")}>
        <div className={styles["stack"]}>
          {properties.map((p, i) => (
            <PropertyForm key={i} value={p} path={`spec.properties[${i}]`} kinds={kinds} errorAt={errorAt} onChange={(next) => setProperties(properties.with(i, next))} onRemove={() => setProperties(properties.toSpliced(i, 1))} />
          ))}
          {properties.length === 0 && <p className={styles["muted"]}>{t("form.noProperties")}</p>}
          <div>
            <Button icon="plus" onClick={() => setProperties([...properties, { name: "", type: "string" }])}>
              {t("form.addProperty")}
            </Button>
          </div>
        </div>
      </Card>
      <Card title={t("form.who")}>
        <Ticks label={t("form.ids")}>
          {idKinds.map(({ name: id, label }) => (
            <Checkbox key={id} label={label} checked={spec.ids?.includes(id) === true} onChange={(e) => set({ ids: toggled(spec.ids, id, e.target.checked) })} />
          ))}
        </Ticks>
        {errorAt("spec.ids") !== undefined && <p className={styles["error"]}>{errorAt("spec.ids")}</p>}
      </Card>
      <Card title={t("chains")}>
        <PickedField
          label={t("form.after")}
          hint={t("form.chainHint")}
          error={errorAt("spec.after")}
          options={events.filter((e) => e.metadata.name !== name).map((e) => ({ value: e.metadata.name, label: pick(e.metadata.title, e.metadata.name), detail: e.metadata.name }))}
          value={spec.after}
          onChange={(after) => set({ after })}
        />
      </Card>
      <Card title={t("form.kept")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>{t("form.keptAs", { name })}</p>
          <Choices label={t("form.onUnplanned")} value={spec.onUnplanned ?? "keep"} options={unplanned.map((value) => ({ value, label: t(`form.unplanned.${value}`), hint: t(`unknown.${value}`) }))} onChange={(value) => set({ onUnplanned: value === "keep" ? undefined : value })} />
          <Choices label={t("form.onViolation")} value={spec.onViolation ?? "quarantine"} options={violating.map((value) => ({ value, label: t(`form.violating.${value}`), hint: t(`broken.${value}`) }))} onChange={(value) => set({ onViolation: value === "quarantine" ? undefined : value })} />
          <TextField label={t("form.within")} hint={t("form.withinHint")} error={errorAt("spec.freshness")} value={spec.freshness?.within ?? ""} onChange={(e) => set({ freshness: e.target.value === "" ? undefined : { ...spec.freshness, within: e.target.value } })} />
        </div>
      </Card>
      <CodeOf kind="Event" definition={definition} />
      <FormEnd findings={findings} ready={ready} missing={t("form.incomplete")} error={save.error} busy={save.isPending} onCancel={() => void go(existing === null ? "/data/events" : pageOf(name))} />
    </form>
  );
}
