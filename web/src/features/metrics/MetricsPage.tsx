import { useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useResources } from "@/api/hooks";
import type { MetricSpec, TargetSpec, TreeSpec } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useDomain } from "@/i18n/useNames";
import { useSetUrl, useUrlState } from "@/lib/url";
import { useTitle } from "@/lib/title";
import { Button, Card, Empty, Input, LinkButton, Loaded, Page, PageHead, Segmented, Select, Skeleton } from "@/ui";
import { useSummaries } from "./api";
import { choices, filterMetrics, usage, type ListFilter, type Metric } from "./catalog";
import { Compare } from "./Compare";
import { useFollowing } from "./following";
import { MetricList } from "./MetricList";
import styles from "./metrics.module.css";

const views = ["", "mine", "following", "unowned", "stale"] as const;
const roles = ["north_star", "result", "process", "early_warning", "guardrail"] as const;

function useFilter(): ListFilter {
  const [q] = useUrlState("q");
  const [domain] = useUrlState("domain");
  const [owner] = useUrlState("owner");
  const [role] = useUrlState("role");
  const [state] = useUrlState("state");
  const [tag] = useUrlState("tag");
  const [view] = useUrlState("view");
  return { q, domain, owner, role, state, tag, view };
}

function List({ all }: { all: readonly Metric[] }) {
  const { t } = useTranslation("metrics");
  const me = useSession().user?.name ?? "";
  const [following] = useFollowing();
  const filter = useFilter();
  const domainName = useDomain();
  const set = useSetUrl();
  const [compare] = useUrlState("compare");
  const [picked] = useUrlState("pick");
  const trees = useResources<TreeSpec>("trees");
  const targets = useResources<TargetSpec>("targets");
  const names = useMemo(() => all.map((m) => m.metadata.name), [all]);
  const summaries = useSummaries(names, "week");
  const uses = useMemo(() => usage(all, trees.data ?? [], targets.data ?? []), [all, trees.data, targets.data]);
  const q = useDeferredValue(filter.q);
  const shown = filterMetrics(all, { ...filter, q }, { me, following, summaries });
  const known = (list: string) => list.split(",").filter((n) => names.includes(n)).slice(0, 2);
  const chosen = known(picked);
  const filtered = Object.values(filter).some((v) => v !== "");
  const select = (key: "domain" | "owner" | "role" | "state" | "tag", options: readonly { value: string; label: string }[]) =>
    options.length < 2 && filter[key] === "" ? null : (
      <Select aria-label={t(`filter.${key}`)} value={filter[key]} onChange={(e) => set({ [key]: e.target.value })} options={[{ value: "", label: t(`filter.all.${key}`) }, ...options]} />
    );
  const plain = (list: string[]) => list.map((value) => ({ value, label: value }));

  const [a, b] = known(compare).map((name) => all.find((m) => m.metadata.name === name));
  if (a !== undefined && b !== undefined) return <Compare a={a} b={b} all={all} onClose={() => set({ compare: "" })} onSwap={(left, right) => set({ compare: `${left},${right}` })} />;
  return (
    <Card>
      <div className={styles["toolbar"]}>
        <Input type="search" className={styles["search"]} aria-label={t("search")} placeholder={t("search")} value={filter.q} onChange={(e) => set({ q: e.target.value })} />
        <Segmented label={t("view.label")} value={views.find((v) => v === filter.view) ?? ""} onChange={(view) => set({ view })} options={views.map((v) => ({ value: v, label: t(`view.${v || "all"}`) }))} />
      </div>
      <div className={styles["filters"]}>
        {select("domain", choices(all, (m) => m.metadata.domain).map((value) => ({ value, label: domainName(value) })))}
        {select("owner", plain(choices(all, (m) => m.metadata.owner)))}
        {select("role", roles.filter((r) => all.some((m) => m.spec.role === r)).map((r) => ({ value: r, label: t(`role.${r}`) })))}
        {select("state", (["published", "quarantined"] as const).map((s) => ({ value: s, label: t(`state.${s}`) })))}
        {select("tag", plain(choices(all, (m) => m.metadata.tags)))}
        {filtered && (
          <Button small icon="close" onClick={() => set({ q: "", domain: "", owner: "", role: "", state: "", tag: "", view: "" })}>
            {t("filter.clear")}
          </Button>
        )}
        <span className={styles["count"]}>{t("count", { count: shown.length, all: all.length })}</span>
        {chosen.length > 0 && (
          <Button small variant={chosen.length === 2 ? "primary" : "default"} disabled={chosen.length < 2} onClick={() => set({ compare: chosen.join(","), pick: "" }, true)}>
            {chosen.length === 2 ? t("compare.open") : t("compare.oneMore")}
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <Empty icon="search" title={t("none.title")}>
          {t(`none.${filter.view === "" ? "text" : filter.view}`)}
        </Empty>
      ) : (
        <MetricList
          metrics={shown}
          summaries={summaries}
          uses={uses}
          chosen={chosen}
          onChoose={(name) => set({ pick: (chosen.includes(name) ? chosen.filter((n) => n !== name) : [...chosen, name]).join(",") })}
        />
      )}
    </Card>
  );
}

/** Every metric of the organisation: find it, trust it, compare it. */
export function MetricsPage() {
  const { t } = useTranslation("metrics");
  const editor = useCan("editor");
  useTitle(t("title"));
  const metrics = useResources<MetricSpec>("metrics");
  return (
    <Page>
      <PageHead
        title={t("title")}
        lead={t("lead")}
        actions={
          editor && (
            <LinkButton variant="primary" icon="plus" to="/metrics/new-metric">
              {t("new")}
            </LinkButton>
          )
        }
      />
      <Loaded query={metrics} skeleton={<Skeleton height={480} />}>
        {(all) =>
          all.length === 0 ? (
            <Card>
              <Empty icon="metrics" title={t("empty.title")} action={editor ? <LinkButton variant="primary" to="/metrics/new-metric">{t("empty.action")}</LinkButton> : undefined}>
                {t("empty.text")}
              </Empty>
            </Card>
          ) : (
            <List all={all} />
          )
        }
      </Loaded>
    </Page>
  );
}
