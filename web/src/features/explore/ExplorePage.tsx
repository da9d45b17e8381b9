import { useMemo, useState, type ButtonHTMLAttributes } from "react";
import { useTranslation } from "react-i18next";
import { download } from "@/api/client";
import { useDimensions, useResources, useRun } from "@/api/hooks";
import type { MetricSpec, QueryRequest, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { formatRange } from "@/lib/date";
import { Button, Card, cx, Drawer, Empty, ErrorState, IconButton, LinkButton, Loaded, Menu, Notice, Page, PageHead, Skeleton, useErrorText, useToast, type IconName } from "@/ui";
import { useMedia, usePhone } from "@/lib/theme";
import { Answer } from "./Answer";
import { Chips } from "./Chips";
import { troublesOf } from "./errors";
import { Fields } from "./Fields";
import type { Mark } from "./mark";
import { MarkDialog } from "./MarkDialog";
import { outputsOf } from "./option";
import { requestOf } from "./question";
import { ResultTable } from "./ResultTable";
import { Side } from "./Side";
import { useAsk } from "./useAsk";
import { useWords } from "./words";
import styles from "./explore.module.css";

function useExport(request: QueryRequest | null, name: string) {
  const say = useToast();
  const textOf = useErrorText();
  return async (format: "csv" | "xlsx") => {
    try {
      await download("POST", "/query/export", `${name}.${format}`, { query: { format }, body: request });
    } catch (error) {
      say(textOf(error), "bad");
    }
  };
}

function Explore({ metrics }: { metrics: readonly Resource<MetricSpec>[] }) {
  const { t } = useTranslation("explore");
  const { lang, pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const { ask, change, undo, redo } = useAsk();
  const [mark, setMark] = useState<Mark | null>(null);
  const [fieldsOpen, setFieldsOpen] = useState(false);
  const narrow = useMedia("(max-width: 1023px)");
  const fitting = useDimensions(ask.metrics);
  const every = useDimensions([]);
  const dimensions = useMemo(() => (ask.metrics.length > 0 ? (fitting.data ?? []) : (every.data ?? [])), [ask.metrics, fitting.data, every.data]);
  const known = useMemo(() => [...dimensions, ...(every.data ?? [])], [dimensions, every.data]);
  const words = useWords(metrics, known);
  const ready = fitting.data !== undefined || ask.filters.length === 0;
  const request = useMemo(() => requestOf(ask, (name) => known.find((d) => d.name === name)?.type ?? "string"), [ask, known]);
  const query = useRun(ready ? request : null, true);
  const result = query.isError ? undefined : query.data;
  const troubles = query.isError ? troublesOf(query.error, ask) : [];
  const first = ask.metrics.includes(ask.shown) ? ask.shown : (ask.metrics[0] ?? "");
  const save = useExport(request, ask.metrics.join("-").slice(0, 60) || "lodestar");
  const fields = <Fields ask={ask} metrics={metrics} dimensions={dimensions} onMetrics={(next) => change({ metrics: next })} onBy={(by) => change({ by, chart: "", order: "" })} />;
  // While the next answer comes, the one before stays, faded, unless it has other columns.
  const fits = result !== undefined && outputsOf(ask).every((m) => result.columns.some((c) => c.name === m)) && ask.by.every((d) => result.columns.some((c) => c.name === d)) && (ask.grain === "" ? !result.columns.some((c) => c.name.startsWith("time.")) : result.columns.some((c) => c.name === `time.${ask.grain}`)) && result.columns.filter((c) => (c.metric ?? "") === "" && c.part !== "previous").length === ask.by.length + (ask.grain === "" ? 0 : 1);

  return (
    <>
      <PageHead
        title={t("title")}
        actions={
          <>
            <IconButton icon="undo" label={t("undo")} disabled={undo === null} onClick={() => undo?.()} />
            <IconButton icon="undo" className={styles["mirrored"]} label={t("redo")} disabled={redo === null} onClick={() => redo?.()} />
            <Tool icon="link" label={t("share")} onClick={() => void navigator.clipboard?.writeText(window.location.href).then(() => say(t("linkCopied")))} />
            <Menu
              trigger={(p) => <Tool icon="download" label={t("export")} disabled={request === null} {...p} />}
              groups={[{ items: [{ key: "csv", label: "CSV", onSelect: () => void save("csv") }, { key: "xlsx", label: "Excel (XLSX)", onSelect: () => void save("xlsx") }] }]}
            />
            <Tool icon="info" label={t("side.open")} aria-expanded={ask.side !== ""} disabled={request === null} onClick={() => change({ side: ask.side === "" ? "definition" : "" })} />
            {narrow && <Tool icon="list" label={t("fields.open")} onClick={() => setFieldsOpen(true)} />}
          </>
        }
      />
      <div className={cx(styles["layout"], ask.side !== "" && !narrow && request !== null && styles["withSide"])}>
        {!narrow && <Card className={styles["left"]}>{fields}</Card>}
        <div className={styles["centre"]}>
          <Chips ask={ask} change={change} metrics={metrics} dimensions={dimensions} troubles={troubles} words={words} />
          {troubles.map((x) => (
            <Notice key={x.text} tone="bad">
              {x.text}
            </Notice>
          ))}
          {request === null ? (
            <Card>
              <Empty icon="explore" title={t("empty.title")}>
                {t("empty.text")}
              </Empty>
            </Card>
          ) : query.isError && troubles.length === 0 ? (
            <Card>
              <ErrorState error={query.error} onRetry={() => void query.refetch()} />
            </Card>
          ) : query.isError ? null : result === undefined || !fits ? (
            <Card>
              <Skeleton height={300} />
            </Card>
          ) : (
            <div className={styles["answer"]} data-stale={query.isPlaceholderData || undefined}>
              <Card>
                {result.range !== undefined && <p className={styles["range"]}>{formatRange(result.range, result.timezone, lang)}{result.previousRange !== undefined && ` · ${t("against", { range: formatRange(result.previousRange, result.timezone, lang) })}`}</p>}
                {result.rows.length === 0 ? <Empty title={t("noRows")}>{t("noRowsText")}</Empty> : <Answer ask={ask} change={change} result={result} metrics={metrics} words={words} onMark={setMark} />}
              </Card>
              {(result.warnings ?? []).map((w) => (
                <Notice key={w.code + pick(w.text)} tone="watch">
                  {pick(w.text, w.code)}
                </Notice>
              ))}
              {result.rows.length > 0 && (ask.by.length > 0 || ask.grain !== "" || ask.compare !== "") && (
                <Card>
                  <ResultTable result={result} order={ask.order} onOrder={(order) => change({ order })} words={words} />
                </Card>
              )}
            </div>
          )}
        </div>
        {ask.side !== "" && request !== null && !narrow && (
          <Card className={styles["side"]}>
            <Side part={ask.side} onPart={(side) => change({ side })} metrics={metrics} names={ask.metrics} request={request} result={result} words={words} />
          </Card>
        )}
      </div>
      {narrow && ask.side !== "" && request !== null && (
        <Drawer title={t("side.label")} onClose={() => change({ side: "" })}>
          <Side part={ask.side} onPart={(side) => change({ side })} metrics={metrics} names={ask.metrics} request={request} result={result} words={words} />
        </Drawer>
      )}
      {fieldsOpen && (
        <Drawer title={t("fields.open")} onClose={() => setFieldsOpen(false)}>
          {fields}
        </Drawer>
      )}
      {mark !== null && <MarkDialog ask={ask} change={change} mark={mark} metric={first} dimensions={dimensions} words={words} onClose={() => setMark(null)} />}
      {query.isError && troubles.length > 0 && <p className="sr-only">{textOf(query.error)}</p>}
    </>
  );
}

/** What can be done with the question: a row of signs on a phone, words elsewhere. */
function Tool({ icon, label, ...rest }: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>) {
  const phone = usePhone();
  if (phone) return <IconButton icon={icon} label={label} {...rest} />;
  return (
    <Button icon={icon} {...rest}>
      {label}
    </Button>
  );
}

/** Ask for metrics by dimensions, look at the answer, go on from there. */
export function ExplorePage() {
  const { t } = useTranslation("explore");
  useTitle(t("title"));
  const metrics = useResources<MetricSpec>("metrics");
  return (
    <Page>
      <Loaded query={metrics} skeleton={<Skeleton height={480} />}>
        {(all) =>
          all.length === 0 ? (
            <Empty icon="metrics" title={t("noMetrics.title")} action={<LinkButton variant="primary" to="/metrics/new-metric">{t("noMetrics.action")}</LinkButton>}>
              {t("noMetrics.text")}
            </Empty>
          ) : (
            <Explore metrics={all} />
          )
        }
      </Loaded>
    </Page>
  );
}
