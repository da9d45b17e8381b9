import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useText } from "@/i18n/useText";
import { datasetPath } from "@/lib/place";
import { Card, Loaded, Skeleton } from "@/ui";
import styles from "./assets.module.css";
import { useSupport } from "./hooks";
import type { Check, CheckState } from "./types";

const signs: Record<CheckState, string> = { good: "●", watch: "▲", bad: "■" };

const tabs: Record<Check["code"], string> = { rules: "quality", source: "sync", rows: "loads", definition: "code", freshness: "code", steward: "code", owner: "code" };

/** Where something can be done about a check. */
function placeOf(c: Check): string {
  const [kind = "", name = ""] = c.of.split("/");
  const path = encodeURIComponent(name);
  if (kind === "Metric") return c.code === "rules" ? `/metrics/${path}?tab=lineage` : `/metrics/${path}/edit`;
  if (kind === "Event") return `/data/events/${path}`;
  return `${datasetPath(name)}?tab=${tabs[c.code]}`;
}

function Line({ check }: { check: Check }) {
  const { t } = useTranslation("assets");
  const { lang, pick } = useText();
  return (
    <li>
      <span className={styles["sign"]} data-state={check.state} role="img" aria-label={t(`support.${check.state}`)}>
        {signs[check.state]}
      </span>{" "}
      <Link className={styles["link"]} to={placeOf(check)}>{pick(check.title, check.of)}</Link>
      {lang === "zh-CN" ? "：" : ": "}
      {pick(check.text)}
    </li>
  );
}

/** Whether data that are really collected hold a metric or a dataset up, and what is missing; called where several stand beside each other. */
export function Support({ of, called = "" }: { of: string; called?: string }) {
  const { t } = useTranslation("assets");
  const query = useSupport(of);
  return (
    <Card title={called === "" ? t("support.title") : `${called} · ${t("support.title")}`}>
      <Loaded query={query} skeleton={<Skeleton height={80} />}>
        {({ state, checks }) => {
          const open = checks.filter((c) => c.state !== "good");
          const fine = checks.filter((c) => c.state === "good");
          return (
            <>
              <p>
                <span className={styles["sign"]} data-state={state} aria-hidden="true">
                  {signs[state]}
                </span>{" "}
                {t(`support.all.${state}`)}
              </p>
              {open.length > 0 && <ul className={styles["plain"]}>{open.map((c) => <Line key={`${c.of} ${c.code}`} check={c} />)}</ul>}
              {fine.length > 0 && (
                <details>
                  <summary>{t("support.fine", { count: fine.length })}</summary>
                  <ul className={styles["plain"]}>{fine.map((c) => <Line key={`${c.of} ${c.code}`} check={c} />)}</ul>
                </details>
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
