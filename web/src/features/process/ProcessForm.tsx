import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { usePut } from "@/api/hooks";
import type { ProcessSpec, Resource, StepSpec } from "@/api/types";
import { useSession } from "@/app/session";
import { AboutFields, CodeOf, FormEnd, useFindings, type Definition } from "@/features/write";
import { useText } from "@/i18n/useText";
import { slug } from "@/lib/name";
import { Button, Card, useToast } from "@/ui";
import { named, nextStep, pathOf } from "./draft";
import styles from "./process.module.css";
import { StepForm } from "./StepForm";

/** Findings at these paths are shown at their field. */
const atField = /^(metadata\.name|spec\.steps\[)/;

interface Props {
  existing: Resource<ProcessSpec> | null;
  taken: readonly string[];
  metrics: readonly Resource<unknown>[];
  events: readonly Resource<unknown>[];
}

/** Makes a process, or changes one: its steps, who does them and what shows how well. */
export function ProcessForm({ existing, taken, metrics, events }: Props) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  const go = useNavigate();
  const say = useToast();
  const { user } = useSession();
  const put = usePut<ProcessSpec>("processes");
  const [draft, setDraft] = useState<Definition<ProcessSpec>>(() => (existing === null ? { metadata: { name: "", owner: user?.name }, spec: { steps: [{ name: "" }] } } : { metadata: existing.metadata, spec: existing.spec }));
  const { metadata, spec } = draft;
  const { steps } = spec;
  const setSteps = (next: StepSpec[]) => setDraft({ ...draft, spec: { ...spec, steps: next } });
  const proposed = slug(metadata.title?.en ?? "", "process", taken);
  const name = existing?.metadata.name ?? (metadata.name || proposed);
  const names = named(steps);
  const definition = { metadata: { ...metadata, name }, spec: { ...spec, steps: names } };
  const titled = metadata.name !== "" || (metadata.title?.zh ?? metadata.title?.en) !== undefined;
  const ready = titled && steps.length > 0 && steps.every((s) => s.name !== "" || (s.title?.zh ?? s.title?.en) !== undefined);
  const findings = useFindings("Process", definition, ready, atField);
  const { errorAt } = findings;
  const options = (of: readonly Resource<unknown>[]) => of.map((r) => ({ value: r.metadata.name, label: pick(r.metadata.title, r.metadata.name), detail: r.metadata.name }));
  const choices = { metrics: options(metrics), events: options(events) };

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
              void go(pathOf(name));
            },
          },
        );
      }}
    >
      <Card title={t("form.what")}>
        <AboutFields metadata={metadata} fresh={existing === null ? { proposed, error: errorAt("metadata.name") } : undefined} onChange={(next) => setDraft({ ...draft, metadata: next })} />
      </Card>
      <Card title={t("form.steps")}>
        <div className={styles["stack"]}>
          <p className={styles["muted"]}>{t("form.stepsHint")}</p>
          {steps.map((step, i) => (
            <StepForm
              key={i}
              value={step}
              at={i}
              proposed={names[i]?.name ?? ""}
              choices={choices}
              errorAt={errorAt}
              onChange={(next) => setSteps(steps.with(i, next))}
              onUp={() => setSteps(steps.toSpliced(i, 1).toSpliced(i - 1, 0, step))}
              onRemove={() => setSteps(steps.toSpliced(i, 1))}
            />
          ))}
          <div>
            <Button icon="plus" onClick={() => setSteps([...steps, nextStep(steps)])}>
              {t("form.add")}
            </Button>
          </div>
        </div>
      </Card>
      <CodeOf kind="Process" definition={definition} />
      <FormEnd findings={findings} ready={ready} missing={t("form.incomplete")} error={put.error} busy={put.isPending} onCancel={() => void go(existing === null ? "/data/processes" : pathOf(name))} />
    </form>
  );
}
