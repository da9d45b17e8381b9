import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { usePut } from "@/api/hooks";
import type { DatasetSpec, MetricSpec, Resource } from "@/api/types";
import { useSession } from "@/app/session";
import { Support } from "@/features/assets";
import { ExprField, useFindings } from "@/features/write";
import { useText } from "@/i18n/useText";
import { slug } from "@/lib/name";
import { Button, Card, Notice, SelectField, TextAreaField, TextField, useErrorText, useToast } from "@/ui";
import { operandsOf, type Metric } from "./catalog";
import { DerivedPart, RatioPart } from "./ComposedParts";
import { complete, computable, definitionOf, draftOf, emptyDraft, lookAlikes, ways, type Draft, type Way } from "./draft";
import { PreviewCard } from "./PreviewCard";
import { SimplePart } from "./SimplePart";
import { CumulativePart, JourneyPart } from "./TimedPart";
import form from "./form.module.css";
import styles from "./metrics.module.css";

/** Findings at these paths are shown at their field. */
const atField = /^spec\.(dataset|agg|expr|where|percentile|weight|balance|numerator|denominator|metric|window|base|conversion|return|entity|after)/;

const roles = ["", "north_star", "result", "process", "early_warning", "guardrail"] as const;

interface Props {
  existing: Metric | null;
  metrics: readonly Metric[];
  datasets: readonly Resource<DatasetSpec>[];
  /** What a new metric begins with. */
  start: Partial<Draft>;
}

export function MetricForm({ existing, metrics, datasets, start }: Props) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const navigate = useNavigate();
  const say = useToast();
  const textOf = useErrorText();
  const { user, workspace } = useSession();
  const [draft, setDraft] = useState<Draft>(() => (existing === null ? { ...emptyDraft, owner: user?.name ?? "", ...start } : draftOf(existing)));
  const change = (part: Partial<Draft>) => setDraft((d) => ({ ...d, ...part }));
  const put = usePut<MetricSpec>("metrics");
  const taken = metrics.map((m) => m.metadata.name);
  const name = existing?.metadata.name ?? (draft.name.trim() || slug(draft.titleEn, "metric", taken));
  const definition = definitionOf(draft, name, existing ?? undefined);
  const ready = complete(draft);
  const findings = useFindings("Metric", definition, ready, atField);
  const { errorAt, failed } = findings;
  const alike = lookAlikes(draft, metrics, existing?.metadata.name ?? "");

  const save = async () => {
    try {
      await put.mutateAsync({ ...definition, revision: existing?.revision ?? 0 });
      say(t("saved"));
      void navigate(`/metrics/${encodeURIComponent(name)}?tab=trend`);
    } catch {
      // The mutation keeps its error, and the notice below shows it.
    }
  };
  const self = existing?.metadata.name ?? "";
  const parts = { draft, change, metrics: metrics.filter((m) => m.metadata.name !== self), datasets, self, errorAt };
  // Rates read as percentages unless somebody says otherwise.
  const choose = (way: Way) => change({ way, unit: draft.unit === "" && (way === "conversion" || way === "retention") && draft.timed.calculation === "rate" ? "percent" : draft.unit });
  const whole = definition.spec;
  const operands = operandsOf(whole);
  // What the metric would stand on: whether data are really collected for it is told before it is published.
  const grounds = "dataset" in whole && whole.dataset !== undefined && whole.dataset !== "" ? [`Dataset/${whole.dataset}`] : operands.map((m) => `Metric/${m}`);
  const titled = (metric: string) => pick(metrics.find((m) => m.metadata.name === metric)?.metadata.title, metric);

  return (
    <form
      className={styles["stack"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (ready && !failed) void save();
      }}
    >
      <Card className={styles["stack"]} title={t("form.how")}>
        <div className={form["ways"]} role="radiogroup" aria-label={t("form.how")}>
          {ways.map((way) => (
            <label key={way} data-on={draft.way === way || undefined}>
              <input type="radio" name="way" aria-label={t(`way.${way}`)} checked={draft.way === way} onChange={() => choose(way)} />
              <strong>{t(`way.${way}`)}</strong>
              <span>{t(`way.hint.${way}`)}</span>
            </label>
          ))}
        </div>
        {draft.way === "simple" && <SimplePart draft={draft} change={change} datasets={datasets} errorAt={errorAt} />}
        {draft.way === "ratio" && <RatioPart {...parts} />}
        {draft.way === "derived" && <DerivedPart {...parts} />}
        {draft.way === "cumulative" && <CumulativePart {...parts} />}
        {(draft.way === "conversion" || draft.way === "retention") && <JourneyPart {...parts} way={draft.way} />}
        {(draft.way === "ratio" || draft.way === "derived" || draft.where !== "") && draft.way !== "simple" && (
          <ExprField label={t("form.where")} hint={t("form.whereAll")} error={errorAt("spec.where")} context={{ as: "condition", metrics: operands }} value={draft.where} onChange={(where) => change({ where })} />
        )}
        {alike.length > 0 && (
          <Notice tone="watch">
            <p>{alike.some((a) => a.exact) ? t("form.same") : t("form.similar")}</p>
            <ul>
              {alike.slice(0, 5).map((a) => (
                <li key={a.metric.metadata.name}>
                  <Link to={`/metrics/${encodeURIComponent(a.metric.metadata.name)}`}>{pick(a.metric.metadata.title, a.metric.metadata.name)}</Link>
                  {!a.exact && a.metric.spec.where !== undefined && <code> {a.metric.spec.where}</code>}
                </li>
              ))}
            </ul>
          </Notice>
        )}
      </Card>
      <PreviewCard spec={whole} title={pick({ zh: draft.titleZh, en: draft.titleEn }, draft.name.trim() || t("preview.unnamed"))} ready={computable(draft)} />
      <Card className={styles["stack"]} title={t("form.words")}>
        <div className={styles["two"]}>
          <TextField label={t("form.titleZh")} lang="zh-CN" value={draft.titleZh} onChange={(e) => change({ titleZh: e.target.value })} />
          <TextField label={t("form.titleEn")} lang="en" value={draft.titleEn} onChange={(e) => change({ titleEn: e.target.value })} />
          <TextAreaField label={t("form.meaningZh")} lang="zh-CN" rows={2} value={draft.meaningZh} onChange={(e) => change({ meaningZh: e.target.value })} />
          <TextAreaField label={t("form.meaningEn")} lang="en" rows={2} value={draft.meaningEn} onChange={(e) => change({ meaningEn: e.target.value })} />
        </div>
        {(draft.titleZh.trim() === "") !== (draft.titleEn.trim() === "") && <p className={styles["quiet"]}>{t("form.bothLanguages")}</p>}
      </Card>
      <Card title={t("form.more")}>
        <div className={form["fields"]}>
          <TextField label={t("form.unit")} hint={t("form.unitHint")} list="units" error={errorAt("spec.unit")} value={draft.unit} onChange={(e) => change({ unit: e.target.value })} />
          <datalist id="units">
            {["percent", workspace.currency].filter(Boolean).map((u) => (
              <option key={u}>{u}</option>
            ))}
          </datalist>
          <SelectField
            label={t("def.direction")}
            value={draft.direction}
            onChange={(e) => change({ direction: e.target.value === "up" || e.target.value === "down" ? e.target.value : "" })}
            options={(["", "up", "down"] as const).map((d) => ({ value: d, label: t(`direction.${d || "none"}`) }))}
          />
          <SelectField label={t("filter.role")} value={draft.role} onChange={(e) => change({ role: e.target.value })} options={roles.map((r) => ({ value: r, label: t(`role.${r || "none"}`) }))} />
          <TextField label={t("def.owner")} value={draft.owner} onChange={(e) => change({ owner: e.target.value })} />
          <TextField label={t("filter.domain")} value={draft.domain} onChange={(e) => change({ domain: e.target.value })} />
          {existing === null && <TextField label={t("form.name")} hint={t("form.nameHint", { name })} mono value={draft.name} error={errorAt("metadata.name")} onChange={(e) => change({ name: e.target.value })} />}
        </div>
      </Card>
      {ready && !failed && grounds.map((of) => <Support key={of} of={of} called={grounds.length > 1 ? titled(of.slice("Metric/".length)) : ""} />)}
      <div aria-live="polite" className={styles["stack"]}>
        {findings.elsewhere.map((f, i) => (
          <Notice key={i} tone={f.severity === "error" ? "bad" : "watch"}>
            {f.name !== undefined && <code>{f.name}: </code>}
            {f.text}
          </Notice>
        ))}
        {put.isError && (
          <Notice tone="bad">
            <span className={styles["lines"]}>{textOf(put.error)}</span>
          </Notice>
        )}
      </div>
      <div className={styles["foot"]}>
        <Button type="submit" variant="primary" disabled={!ready || failed} busy={put.isPending}>
          {t("save")}
        </Button>
        <Button onClick={() => void navigate(existing === null ? "/metrics" : `/metrics/${encodeURIComponent(name)}`)}>{t("cancel")}</Button>
        <span className={styles["quiet"]}>{!ready ? t("form.incomplete") : failed ? t("form.failed") : t("form.afterSave")}</span>
      </div>
    </form>
  );
}
