import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useNorthStar, useTreeState } from "@/api/hooks";
import type { NorthStar, TreeState } from "@/api/types";
import { useCan } from "@/app/session";
import { decodeSteps, encodeSteps, Why, type Mode } from "@/features/explain";
import { useText } from "@/i18n/useText";
import { addPeriods, dayIn, formatPeriod } from "@/lib/date";
import { useTitle } from "@/lib/title";
import { useSetUrl, useUrlState } from "@/lib/url";
import { Button, Card, Empty, ErrorState, IconButton, LinkButton, Loaded, Page, Skeleton } from "@/ui";
import { Checklist } from "./Checklist";
import { Guardrails } from "./Guardrails";
import { Headline } from "./Headline";
import { LateNotice } from "./LateNotice";
import { Next } from "./Next";
import { SidePanel } from "./SidePanel";
import { TreeSection } from "./TreeSection";
import styles from "./northstar.module.css";

function Shape() {
  return (
    <div className={styles["page"]}>
      <Skeleton height={148} />
      <Skeleton height={112} />
      <div className={styles["middle"]}>
        <Skeleton height={360} />
        <Skeleton height={360} />
      </div>
      <Skeleton height={420} />
    </div>
  );
}

/** One period back, one forward, or the newest. */
function PeriodBar({ state, newest }: { state: TreeState; newest: string }) {
  const { t } = useTranslation("northstar");
  const { lang } = useText();
  const [, setPeriod] = useUrlState("period", true);
  const day = dayIn(state.range.from, state.timezone);
  const go = (n: number) => {
    const next = addPeriods(day, state.period, n);
    setPeriod(next === newest ? "" : next);
  };
  return (
    <div className={styles["period"]}>
      <IconButton small icon="left" label={t("period.back")} onClick={() => go(-1)} />
      <strong>{formatPeriod(day, state.period, lang)}</strong>
      <IconButton small icon="right" label={t("period.forward")} disabled={newest === "" || day >= newest} onClick={() => go(1)} />
      {newest !== "" && day < newest && (
        <Button small onClick={() => setPeriod("")}>
          {t("period.newest")}
        </Button>
      )}
    </div>
  );
}

function Live({ state, newest, checklist }: { state: TreeState; newest: string; checklist: NorthStar["checklist"] }) {
  const { t } = useTranslation("northstar");
  const { pick } = useText();
  const setUrl = useSetUrl();
  const navigate = useNavigate();
  const [selected] = useUrlState("metric");
  const [tab] = useUrlState("tab");
  const [mode] = useUrlState("why");
  const [drill] = useUrlState("drill");
  const root = state.nodes[0];
  useTitle(root === undefined ? t("title") : pick(root.title, root.metric));
  if (root === undefined) return <ErrorState error={null} />;
  const open = (metric: string) => {
    if (state.nodes.some((n) => n.id === metric || n.metric === metric)) setUrl({ metric, tab: "" }, true);
    else void navigate(`/metrics/${encodeURIComponent(metric)}`); // a guardrail may stand outside the tree
  };
  const chosen = state.nodes.find((n) => n.id === selected) ?? state.nodes.find((n) => n.metric === selected);
  return (
    <div className={styles["page"]}>
      <PeriodBar state={state} newest={newest} />
      <Headline state={state} node={root} onOpen={() => open(root.id)} />
      <Guardrails guardrails={state.guardrails} nodes={state.nodes} onOpen={open} />
      <LateNotice state={state} />
      <div className={styles["middle"]}>
        <Card title={t("why")}>
          <Why
            metric={root.metric}
            title={pick(root.title, root.metric)}
            period={state.period}
            from={state.previous}
            to={state.range}
            timezone={state.timezone}
            state={{ mode: mode as Mode | "", steps: decodeSteps(drill) }}
            onState={(next) => setUrl({ why: next.mode, drill: encodeSteps(next.steps) }, next.steps.length !== decodeSteps(drill).length)}
          />
        </Card>
        <div className={styles["stack"]}>
          <Checklist done={checklist} dismissable />
          <Next state={state} invited={checklist.invite} onOpen={open} />
        </div>
      </div>
      <TreeSection key={state.tree} state={state} selected={selected} onOpen={open} />
      {chosen !== undefined && <SidePanel key={chosen.id} state={state} node={chosen} tab={tab} onTab={(next) => setUrl({ tab: next })} onOpen={open} onClose={() => setUrl({ metric: "", tab: "" })} />}
    </div>
  );
}

/** Nothing to show yet: what is missing, and the way there. */
function Beginning({ checklist }: { checklist: NorthStar["checklist"] }) {
  const { t } = useTranslation("northstar");
  const editor = useCan("editor");
  useTitle(t("title"));
  const [to, action] = !checklist.data ? (["/data/upload", "empty.upload"] as const) : !checklist.metric ? (["/metrics/new-metric", "empty.metric"] as const) : (["/trees/new-tree", "empty.tree"] as const);
  return (
    <div className={styles["page"]}>
      <Card>
        <Empty
          icon="star"
          title={t("empty.title")}
          action={
            editor ? (
              <LinkButton variant="primary" to={to}>
                {t(action)}
              </LinkButton>
            ) : undefined
          }
        >
          {editor ? t("empty.text") : t("empty.viewer")}
        </Empty>
      </Card>
      {editor && <Checklist done={checklist} dismissable={false} />}
    </div>
  );
}

/** The home page: are we on pace, is it healthy, what moved it, who is on it. */
export function NorthStarPage() {
  const [period] = useUrlState("period");
  const newest = useNorthStar();
  const tree = newest.data?.tree ?? null;
  const older = useTreeState(tree, period, period !== "");
  return (
    <Page>
      <Loaded query={newest} skeleton={<Shape />}>
        {(northStar) => {
          if (northStar.tree === null || northStar.tree === "" || northStar.state === null) return <Beginning checklist={northStar.checklist} />;
          const newestDay = dayIn(northStar.state.range.from, northStar.state.timezone);
          if (period === "") return <Live state={northStar.state} newest={newestDay} checklist={northStar.checklist} />;
          return (
            <Loaded query={older} skeleton={<Shape />}>
              {(state) => <Live state={state} newest={newestDay} checklist={northStar.checklist} />}
            </Loaded>
          );
        }}
      </Loaded>
    </Page>
  );
}
