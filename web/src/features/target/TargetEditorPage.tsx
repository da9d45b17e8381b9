import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useDelete, usePut, useResource, useResources } from "@/api/hooks";
import type { MetricSpec, Resource, TargetSpec } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatDay, formatPeriod } from "@/lib/date";
import { slug } from "@/lib/name";
import { useTitle } from "@/lib/title";
import { Button, Card, ConfirmButton, Denied, IconButton, Loaded, Notice, Page, PageHead, Picker, SelectField, TextField, useErrorText, useToast } from "@/ui";
import { customsOf, fill, parseValues, showValues, slots, type Slot, type TargetGrain } from "./periods";
import styles from "./target.module.css";

const grains: TargetGrain[] = ["week", "month", "quarter", "year"];

interface FormProps {
  existing: Resource<TargetSpec> | null;
  metrics: Resource<MetricSpec>[];
  taken: string[];
}

function grainOf(spec: TargetSpec | undefined): TargetGrain {
  return grains.find((g) => g === spec?.period) ?? "month";
}

function yearOf(keys: Iterable<string>): number {
  const last = [...keys].toSorted().at(-1);
  return last === undefined ? new Date().getFullYear() : Number(last.slice(0, 4));
}

function TargetForm({ existing, metrics, taken }: FormProps) {
  const { t } = useTranslation("target");
  const { lang, pick } = useText();
  const navigate = useNavigate();
  const say = useToast();
  const textOf = useErrorText();
  const [search] = useSearchParams();
  const [metric, setMetric] = useState(existing?.spec.metric ?? search.get("metric") ?? "");
  const [grain, setGrain] = useState<TargetGrain>(grainOf(existing?.spec));
  const [pace, setPace] = useState(existing?.spec.pace || "even");
  const [where, setWhere] = useState(existing?.spec.where ?? "");
  const [owner, setOwner] = useState(existing?.metadata.owner ?? "");
  const chosen = metrics.find((m) => m.metadata.name === metric);
  const percent = chosen?.spec.unit === "percent";
  const customs = customsOf(useSession().workspace);
  const [typed, setTyped] = useState(() => showValues(existing?.spec.values ?? {}, metrics.find((m) => m.metadata.name === existing?.spec.metric)?.spec.unit === "percent", grain, customs));
  const [year, setYear] = useState(() => yearOf(typed.keys()));
  const [first, setFirst] = useState("");
  const [growth, setGrowth] = useState("0");
  const put = usePut<TargetSpec>("targets");
  const remove = useDelete("targets");
  const shown = slots(grain, year, customs);
  const labelOf = ({ key, day }: Slot) => {
    if (grain === "week") return t("week", { number: Number(key.slice(6)), day: formatDay(day, lang, false) });
    // Quarters and years of a fiscal year are told by their first month.
    if (customs.yearStart !== 1 && grain !== "month") return `${key} · ${formatPeriod(day, "month", lang)}`;
    return formatPeriod(day, grain, lang);
  };
  const values = parseValues(typed, percent);
  const back = () => void navigate(-1);

  const save = () => {
    if (values === null || chosen === undefined) return;
    const title = existing?.metadata.title ?? { zh: t("titleZh", { name: chosen.metadata.title?.zh ?? metric }), en: t("titleEn", { name: chosen.metadata.title?.en ?? metric }) };
    const name = existing?.metadata.name ?? slug(`${metric}_target`, "target", taken);
    put.mutate(
      { metadata: { ...existing?.metadata, name, title, owner: owner || undefined }, spec: { ...existing?.spec, metric, period: grain, pace, values, where: where || undefined }, revision: existing?.revision ?? 0 },
      {
        onSuccess: () => {
          say(t("saved"));
          void navigate("/");
        },
      },
    );
  };
  const error = put.error ?? remove.error;

  return (
    <form
      className={styles["form"]}
      onSubmit={(e) => {
        e.preventDefault();
        save();
      }}
    >
      <Card title={t("what")}>
        <div className={styles["fields"]}>
          <Picker label={t("metric")} options={metrics.map((m) => ({ value: m.metadata.name, label: pick(m.metadata.title, m.metadata.name), detail: m.metadata.name }))} value={metric} onChange={setMetric} />
          <SelectField
            label={t("period")}
            value={grain}
            onChange={(e) => {
              setGrain(e.target.value as TargetGrain);
              setTyped(new Map()); // keys of another period mean nothing here
            }}
            options={grains.map((g) => ({ value: g, label: t(`grain.${g}`) }))}
          />
          <SelectField
            label={t("pace")}
            hint={pace === "even" ? t("paceEvenHint") : t("paceHistoryHint")}
            value={pace}
            onChange={(e) => setPace(e.target.value === "history" ? "history" : "even")}
            options={[
              { value: "even", label: t("paceEven") },
              { value: "history", label: t("paceHistory") },
            ]}
          />
          <TextField label={t("owner")} value={owner} onChange={(e) => setOwner(e.target.value)} />
          <TextField mono label={t("where")} hint={t("whereHint")} value={where} onChange={(e) => setWhere(e.target.value)} />
        </div>
      </Card>
      <Card
        title={percent ? t("valuesPercent") : t("values")}
        actions={
          <>
            <IconButton small icon="left" label={t("yearBack")} onClick={() => setYear(year - 1)} />
            <strong>{formatPeriod(`${year}-01-01`, "year", lang)}</strong>
            <IconButton small icon="right" label={t("yearForward")} onClick={() => setYear(year + 1)} />
          </>
        }
      >
        <div className={styles["row"]}>
          <TextField label={t("first")} inputMode="decimal" value={first} onChange={(e) => setFirst(e.target.value)} />
          <TextField label={t("growth")} inputMode="decimal" value={growth} onChange={(e) => setGrowth(e.target.value)} />
          <Button
            disabled={first === "" || !Number.isFinite(Number(first)) || !Number.isFinite(Number(growth))}
            onClick={() =>
              setTyped(
                new Map([
                  ...typed,
                  ...fill(
                    shown.map((s) => s.key),
                    Number(first),
                    Number(growth),
                  ),
                ]),
              )
            }
          >
            {t("fill")}
          </Button>
        </div>
        <div className={styles["values"]}>
          {shown.map((slot) => (
            <TextField
              key={slot.key}
              label={labelOf(slot)}
              inputMode="decimal"
              value={typed.get(slot.key) ?? ""}
              onChange={(e) => setTyped(new Map(typed).set(slot.key, e.target.value))}
            />
          ))}
        </div>
        {values === null && <Notice tone="bad">{t("noNumber")}</Notice>}
      </Card>
      {error !== null && (
        <Notice tone="bad">
          <span style={{ whiteSpace: "pre-line" }}>{textOf(error)}</span>
        </Notice>
      )}
      <div className={styles["foot"]}>
        <Button type="submit" variant="primary" busy={put.isPending} disabled={chosen === undefined || values === null || Object.keys(values).length === 0}>
          {t("save")}
        </Button>
        <Button onClick={back}>{t("cancel")}</Button>
        {existing !== null && (
          <span className={styles["end"]}>
            <ConfirmButton label={t("delete")} title={t("deleteTitle")} onConfirm={() => remove.mutate({ name: existing.metadata.name }, { onSuccess: back })}>
              <p>{t("deleteText")}</p>
            </ConfirmButton>
          </span>
        )}
      </div>
    </form>
  );
}

/** Sets what value of a metric is wanted in which period. */
export function TargetEditorPage() {
  const { t } = useTranslation("target");
  const { pick } = useText();
  const { name } = useParams();
  const fresh = name === undefined;
  const editor = useCan("editor");
  const metrics = useResources<MetricSpec>("metrics");
  const targets = useResources<TargetSpec>("targets", fresh);
  const existing = useResource<TargetSpec>("targets", name);
  const title = fresh ? t("newTitle") : t("editTitle", { name: pick(existing.data?.metadata.title, name) });
  useTitle(title);
  if (!editor) return <Page><Denied /></Page>;
  return (
    <Page narrow>
      <PageHead title={title} lead={t("lead")} />
      <Loaded query={metrics}>
        {(all) =>
          fresh ? (
            <Loaded query={targets}>{(others) => <TargetForm existing={null} metrics={all} taken={others.map((o) => o.metadata.name)} />}</Loaded>
          ) : (
            <Loaded query={existing}>{(target) => <TargetForm key={target.revision} existing={target} metrics={all} taken={[]} />}</Loaded>
          )
        }
      </Loaded>
    </Page>
  );
}
