import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { ApiError } from "@/api/client";
import { useResource } from "@/api/hooks";
import { useProcessState, type ProcessState } from "@/api/processes";
import type { ProcessSpec, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { pageOf } from "@/features/assets";
import { DefinitionEditor, DeleteDefinition, Quarantined } from "@/features/write";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Card, Chip, LinkButton, Loaded, Page, PageHead, Skeleton, TabPanel, Tabs } from "@/ui";
import { pathOf } from "./draft";
import { NoProcess } from "./NoProcess";
import styles from "./process.module.css";
import { Strip } from "./Strip";

/** What the steps lack, in one list, with where to mend it. */
function Gaps({ state }: { state: ProcessState }) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  const editor = useCan("editor");
  const gaps = state.steps.flatMap((step) => step.gaps.map((gap) => ({ step, gap })));
  const placeOf = (of: string) => {
    const [kind = "", name = ""] = of.split("/");
    return of === "" ? (editor ? `${pathOf(state.process)}/edit` : undefined) : pageOf({ kind, name });
  };
  return (
    <Card title={t("page.gaps")}>
      {gaps.length === 0 ? (
        <p>{t("page.gapsNone")}</p>
      ) : (
        <ul className={styles["gaps"]}>
          {gaps.map(({ step, gap }) => {
            const to = placeOf(gap.of);
            return (
              <li key={`${step.name} ${gap.code} ${gap.of} ${pick(gap.text)}`}>
                <Chip tone="watch">{t(`gap.${gap.code}`)}</Chip>
                <span>
                  {pick(step.title, step.name)} · {pick(gap.text)}
                </span>
                {to !== undefined && <Link to={to}>{t("page.mend")}</Link>}
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}

/** The metrics that no process says anything of. */
function Outside({ state }: { state: ProcessState }) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  return (
    <Card title={t("page.outside")}>
      {state.outside.length === 0 ? (
        <p>{t("page.outsideNone")}</p>
      ) : (
        <>
          <p className={styles["muted"]}>{t("page.outsideText", { count: state.outside.length })}</p>
          <ul className={styles["outside"]}>
            {state.outside.map((m) => (
              <li key={m.name}>
                <Link to={`/metrics/${encodeURIComponent(m.name)}`}>{pick(m.title, m.name)}</Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}

function Steps({ process }: { process: Resource<ProcessSpec> }) {
  const { t } = useTranslation("process");
  const broken = process.state === "quarantined";
  const state = useProcessState(process.metadata.name, !broken);
  if (broken) return <Quarantined resource={process} means={t("page.quarantined")} />;
  return (
    <Loaded query={state} skeleton={<Skeleton height={360} />}>
      {(s) => (
        <div className={styles["stack"]}>
          <Strip state={s} />
          <Gaps state={s} />
          <Outside state={s} />
        </div>
      )}
    </Loaded>
  );
}

const views = ["steps", "code"] as const;

/** One process: who does what in which step, how well it goes, and what is missing. */
export function ProcessPage() {
  const { t } = useTranslation("process");
  const { pick } = useText();
  const { name = "" } = useParams();
  const editor = useCan("editor");
  const [asked, setView] = useUrlState("tab");
  const view = views.find((v) => v === asked) ?? "steps";
  const process = useResource<ProcessSpec>("processes", name);
  const { metadata } = process.data ?? {};
  const title = pick(metadata?.title, name);
  useTitle(title);
  if (process.error instanceof ApiError && process.error.status === 404) {
    return (
      <Page>
        <NoProcess name={name} />
      </Page>
    );
  }
  return (
    <Page>
      <PageHead
        title={title}
        lead={
          <span className={styles["chips"]}>
            {pick(metadata?.description) !== "" && <span>{pick(metadata?.description)}</span>}
            {metadata?.owner !== undefined && <span className={styles["muted"]}>{t("page.owner", { name: metadata.owner })}</span>}
          </span>
        }
        actions={
          editor && process.data !== undefined ? (
            <>
              <LinkButton variant="primary" icon="edit" to={`${pathOf(name)}/edit`}>
                {t("page.change")}
              </LinkButton>
              <DeleteDefinition plural="processes" resource={process.data} text={t("page.deleteText")} to="/data/processes" />
            </>
          ) : undefined
        }
      />
      <Loaded query={process} skeleton={<Skeleton height={360} />}>
        {(found) => (
          <>
            <Tabs label={t("page.views")} tabs={views.map((key) => ({ key, label: t(`page.view.${key}`) }))} value={view} onChange={(key) => setView(key === "steps" ? "" : key)} />
            <TabPanel id={view}>{view === "code" ? <DefinitionEditor key={found.revision} kind="Process" plural="processes" name={name} /> : <Steps process={found} />}</TabPanel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
