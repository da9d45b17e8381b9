import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { api } from "@/api/client";
import type { MetricSpec, QueryRequest, QueryResult, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { Button, Chip, Loaded, Tabs, TabPanel, useToast } from "@/ui";
import type { Words } from "./words";
import styles from "./explore.module.css";

interface Plan {
  statements: { part: string; sql: string; args?: unknown[]; steps: { pass: string; text: string }[] }[] | null;
  lineage: { column: string; metrics: string[]; columns: string[] }[] | null;
}

const parts = ["definition", "freshness", "sql", "plan", "code"] as const;
type Part = (typeof parts)[number];

function PlanView({ request, part, words }: { request: QueryRequest; part: "sql" | "plan"; words: Words }) {
  const { t } = useTranslation("explore");
  const query = useQuery({ queryKey: ["data", "plan", request], queryFn: ({ signal }) => api<Plan>("POST", "/query/plan", { body: request, signal }) });
  return (
    <Loaded query={query}>
      {(plan) => (
        <>
          {(plan.statements ?? []).map((s, i) => (
            <section key={i}>
              <h3>{t(`side.part.${s.part}`)}</h3>
              {part === "sql" ? (
                <pre className={styles["code"]}>{s.sql}</pre>
              ) : (
                s.steps
                  .filter((step, n) => n === 0 || step.text !== s.steps[n - 1]?.text)
                  .map((step) => (
                    <div key={step.pass}>
                      <h4>{step.pass}</h4>
                      <pre className={styles["code"]}>{step.text}</pre>
                    </div>
                  ))
              )}
            </section>
          ))}
          {part === "plan" && (
            <section>
              <h3>{t("side.lineage")}</h3>
              <ul className={styles["lineage"]}>
                {(plan.lineage ?? []).map((l) => (
                  <li key={l.column}>
                    <strong>{words.metric(l.column)}</strong> ← <code>{[...l.metrics, ...l.columns].join(", ")}</code>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </>
      )}
    </Loaded>
  );
}

interface Props {
  part: string;
  onPart: (part: string) => void;
  metrics: readonly Resource<MetricSpec>[];
  names: readonly string[];
  request: QueryRequest;
  result: QueryResult | undefined;
  words: Words;
}

/** What stands behind the numbers: definition, freshness, SQL, plan, the question as code. */
export function Side({ part, onPart, metrics, names, request, result, words }: Props) {
  const { t } = useTranslation("explore");
  const { lang, pick } = useText();
  const say = useToast();
  const current: Part = parts.find((p) => p === part) ?? "definition";
  const code = JSON.stringify(request, null, 2);
  return (
    <>
      <Tabs label={t("side.label")} tabs={parts.map((key) => ({ key, label: t(`side.${key}`) }))} value={current} onChange={onPart} />
      <TabPanel id={current}>
        <div className={styles["sideBody"]}>
          {current === "definition" &&
            names.map((name) => {
              const m = metrics.find((x) => x.metadata.name === name);
              return (
                <section key={name}>
                  <h3>
                    <Link to={`/metrics/${encodeURIComponent(name)}`}>{words.metric(name)}</Link>
                  </h3>
                  <p>{pick(m?.metadata.description)}</p>
                  {m?.spec.expr !== undefined && m.spec.expr !== "" && <code>{m.spec.expr}</code>}
                </section>
              );
            })}
          {current === "freshness" &&
            (result === undefined ? (
              <p>{t("side.none")}</p>
            ) : (
              <>
                {Object.entries(result.freshness).map(([name, f]) => (
                  <section key={name}>
                    <h3>
                      {words.metric(name)} {f.late === true && <Chip tone="watch" icon="clock">{t("side.late")}</Chip>}
                    </h3>
                    <p>{t("side.loaded", { at: formatInstant(f.loadedAt, result.timezone, lang) || "—" })}</p>
                    <p>{t("side.dataTo", { at: formatInstant(f.dataTo, result.timezone, lang) || "—" })}</p>
                  </section>
                ))}
                <section>
                  <h3>{t("side.versions")}</h3>
                  <p>{Object.entries(result.dataVersions).map(([name, v]) => `${name} ${v}`).join(" · ")}</p>
                  <p>{t(result.cached === true ? "side.cached" : "side.computed", { ms: Math.max(1, Math.round(result.millis)) })}</p>
                  <p>{t("side.asOf", { at: formatInstant(result.asOf, result.timezone, lang), zone: result.timezone })}</p>
                </section>
              </>
            ))}
          {(current === "sql" || current === "plan") && <PlanView request={request} part={current} words={words} />}
          {current === "code" && (
            <section>
              <p>{t("side.codeHint")}</p>
              <pre className={styles["code"]}>{code}</pre>
              <Button small icon="copy" onClick={() => void navigator.clipboard?.writeText(code).then(() => say(t("copied")))}>
                {t("copy")}
              </Button>
            </section>
          )}
        </div>
      </TabPanel>
    </>
  );
}
