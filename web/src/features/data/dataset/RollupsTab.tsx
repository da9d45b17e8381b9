import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDelete, usePut, useResources } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { formatFull } from "@/lib/number";
import { Button, Card, Checkbox, Chip, ConfirmButton, Dialog, Empty, Loaded, Notice, SelectField, Skeleton, Table, Ticks, type Tone, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import own from "./dataset.module.css";
import { missOf, useRefresh, useRollups, useVerify, type RollupSpec, type RollupStatus } from "./rollups";

const grains = ["day", "week", "month", "quarter", "year", "none"] as const;
const tones: Record<RollupStatus["state"], Tone> = { fresh: "good", behind: "watch", empty: "neutral", failed: "bad" };

/** Chooses the periods and dimensions whose sums are kept. */
function RollupForm({ dataset, taken, onClose }: { dataset: Resource<DatasetSpec>; taken: readonly string[]; onClose: () => void }) {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const textOf = useErrorText();
  const put = usePut<RollupSpec>("rollups");
  const timed = dataset.spec.time !== undefined;
  const [grain, setGrain] = useState<string>(timed ? "day" : "none");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const words = (c: { name: string; type?: string }) => (c.type === "integer" ? 1 : 0); // whole numbers are more often counted than split by
  const columns = [...dataset.spec.columns.filter((c) => !/^(decimal|float|timestamp)$/.test(c.type) && !(dataset.spec.primaryKey ?? []).includes(c.name)), ...(dataset.spec.dimensions ?? [])].toSorted((a, b) => words(a) - words(b));
  const stem = `${dataset.metadata.name}_${grain === "none" ? "all" : grain}`.slice(0, 50);
  const name = taken.includes(stem) ? `${stem}_${Array.from({ length: 99 }, (_, i) => i + 2).find((n) => !taken.includes(`${stem}_${n}`)) ?? 100}` : stem;
  const save = () => put.mutate({ metadata: { name }, spec: { dataset: dataset.metadata.name, grain, dimensions: chosen.length === 0 ? undefined : [...chosen] }, revision: 0 }, { onSuccess: onClose });
  return (
    <Dialog
      title={t("rollups.new")}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button variant="primary" busy={put.isPending} onClick={save}>
            {t("rollups.keep")}
          </Button>
        </>
      }
    >
      <div className={styles["stack"]}>
        <p className={styles["muted"]}>{t("rollups.newLead")}</p>
        <SelectField label={t("rollups.grain")} value={grain} onChange={(e) => setGrain(e.target.value)} options={grains.filter((g) => timed || g === "none").map((g) => ({ value: g, label: t(`rollups.grains.${g}`) }))} />
        <Ticks label={t("rollups.by")}>
          {columns.map((c) => (
            <Checkbox key={c.name} label={pick(c.title, c.name)} checked={chosen.includes(c.name)} onChange={(e) => setChosen(e.target.checked ? [...chosen, c.name] : chosen.filter((n) => n !== c.name))} />
          ))}
        </Ticks>
        {put.isError && <Notice tone="bad">{textOf(put.error)}</Notice>}
      </div>
    </Dialog>
  );
}

/** How often it answered, and why it did not. */
function Use({ status }: { status: RollupStatus }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const misses = Object.entries(status.misses ?? {}).toSorted((a, b) => b[1] - a[1]);
  return (
    <>
      {t("rollups.hits", { count: status.hits })}
      {misses.length > 0 && (
        <ul className={own["misses"]}>
          {misses.slice(0, 5).map(([reason, n]) => {
            const { why, of } = missOf(reason);
            return (
              <li key={reason}>
                {formatFull(n, lang)} × {t(`rollups.miss.${why}`, { of })}
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}

/** Sums that are kept, so that questions need not read every row. */
export function RollupsTab({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const { zone } = useSession().workspace;
  const editor = useCan("editor");
  const say = useToast();
  const textOf = useErrorText();
  const [adding, setAdding] = useState(false);
  const statuses = useRollups();
  const definitions = useResources<RollupSpec>("rollups");
  const refresh = useRefresh();
  const verify = useVerify();
  const remove = useDelete("rollups");
  const failed = (error: unknown) => say(textOf(error), "bad");
  const check = (name: string) =>
    verify.mutate(name, { onSuccess: ({ compared, different }) => ((different ?? []).length === 0 ? say(t("rollups.same", { count: compared })) : say(t("rollups.different", { count: (different ?? []).length }), "bad")), onError: failed });
  const add = editor ? (
    <Button variant="primary" icon="plus" onClick={() => setAdding(true)}>
      {t("rollups.new")}
    </Button>
  ) : undefined;
  const specOf = (name: string) => definitions.data?.find((d) => d.metadata.name === name)?.spec;
  const titleOf = (column: string) => pick([...dataset.spec.columns, ...(dataset.spec.dimensions ?? [])].find((c) => c.name === column)?.title, column);
  const keeps = (name: string) => {
    const spec = specOf(name);
    return [t(`rollups.grains.${spec?.grain ?? "day"}`), ...(spec?.dimensions ?? []).map(titleOf)].join(" · ");
  };
  return (
    <Loaded query={statuses} skeleton={<Skeleton height={200} />}>
      {(all) => {
        const rows = all.filter((s) => s.dataset === dataset.metadata.name);
        return (
          <Card title={t("rollups.title")} actions={rows.length === 0 ? undefined : add}>
            {rows.length === 0 ? (
              <Empty icon="data" title={t("rollups.none")} action={add}>
                {t("rollups.noneText")}
              </Empty>
            ) : (
              <Table
                label={t("rollups.title")}
                rows={rows}
                rowKey={(r) => r.name}
                columns={[
                  { key: "keeps", title: t("rollups.keeps"), head: true, cell: (r) => keeps(r.name) },
                  { key: "state", title: t("rollups.state"), cell: (r) => <span title={r.error}><Chip tone={tones[r.state]}>{t(`rollups.states.${r.state}`)}</Chip></span> },
                  { key: "rows", title: t("rollups.size"), end: true, sort: (r) => r.rows, cell: (r) => t("rollups.of", { rows: formatFull(r.rows, lang), base: formatFull(r.base, lang) }) },
                  { key: "built", title: t("rollups.built"), cell: (r) => (r.builtAt === undefined ? "—" : formatInstant(r.builtAt, zone, lang)) },
                  { key: "use", title: t("rollups.use"), cell: (r) => <Use status={r} /> },
                  {
                    key: "do",
                    title: <span className="sr-only">{t("rollups.do")}</span>,
                    cell: (r) =>
                      editor && (
                        <span className={own["doing"]}>
                          <Button small busy={refresh.isPending && refresh.variables === r.name} onClick={() => refresh.mutate(r.name, { onSuccess: () => say(t("rollups.refreshed")), onError: failed })}>
                            {t("rollups.refresh")}
                          </Button>
                          <Button small disabled={r.state !== "fresh"} busy={verify.isPending && verify.variables === r.name} onClick={() => check(r.name)}>
                            {t("rollups.verify")}
                          </Button>
                          <ConfirmButton small label={t("rollups.remove")} title={t("rollups.removeTitle")} onConfirm={() => remove.mutate({ name: r.name }, { onError: failed })}>
                            <p>{t("rollups.removeText")}</p>
                          </ConfirmButton>
                        </span>
                      ),
                  },
                ]}
              />
            )}
            {adding && <RollupForm dataset={dataset} taken={all.map((s) => s.name)} onClose={() => setAdding(false)} />}
          </Card>
        );
      }}
    </Loaded>
  );
}
