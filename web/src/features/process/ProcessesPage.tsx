import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useResources } from "@/api/hooks";
import type { ProcessSpec, Resource } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Card, Chip, Empty, LinkButton, Loaded, Page, PageHead, Skeleton, Table } from "@/ui";
import { pathOf } from "./draft";
import styles from "./process.module.css";

/** The processes of the workspace: what people do, step by step. */
export function ProcessesPage() {
  const { t } = useTranslation("process");
  const all = useResources<ProcessSpec>("processes");
  const editor = useCan("editor");
  useTitle(t("list.title"));
  const add = editor ? (
    <LinkButton variant="primary" icon="plus" to="/data/new-process">
      {t("list.new")}
    </LinkButton>
  ) : undefined;
  return (
    <Page>
      <PageHead title={t("list.title")} lead={t("list.lead")} actions={add} />
      <Loaded query={all} skeleton={<Skeleton height={200} />}>
        {(processes) => (
          <Card>
            {processes.length === 0 ? (
              <Empty icon="list" title={t("list.empty")} action={add}>
                {t("list.emptyText")}
              </Empty>
            ) : (
              <List processes={processes} />
            )}
          </Card>
        )}
      </Loaded>
    </Page>
  );
}

function List({ processes }: { processes: Resource<ProcessSpec>[] }) {
  const { t } = useTranslation("process");
  const { pick } = useText();
  const name = (p: Resource<ProcessSpec>) => (
    <>
      <Link to={pathOf(p.metadata.name)}>{pick(p.metadata.title, p.metadata.name)}</Link> {p.state === "quarantined" && <Chip tone="bad">{t("list.quarantined")}</Chip>}
    </>
  );
  const chain = (p: Resource<ProcessSpec>) => p.spec.steps.map((s) => pick(s.title, s.name)).join(t("chain"));
  return (
    <Table
      label={t("list.title")}
      rows={processes}
      rowKey={(p) => p.metadata.name}
      item={(p) => (
        <>
          <div>{name(p)}</div>
          <p>{chain(p)}</p>
          <p className={styles["muted"]}>
            {t("list.metrics")} {metricsOf(p.spec)} · {t("list.unmeasured")} {unmeasuredOf(p.spec)}
            {p.metadata.owner !== undefined && <> · {p.metadata.owner}</>}
          </p>
        </>
      )}
      columns={[
        { key: "name", title: t("list.name"), head: true, sort: (p) => pick(p.metadata.title, p.metadata.name), cell: name },
        { key: "steps", title: t("list.steps"), cell: (p) => <div className={styles["chain"]}>{chain(p)}</div> },
        { key: "metrics", title: t("list.metrics"), end: true, sort: (p) => metricsOf(p.spec), cell: (p) => metricsOf(p.spec) },
        { key: "unmeasured", title: t("list.unmeasured"), end: true, sort: (p) => unmeasuredOf(p.spec), cell: (p) => unmeasuredOf(p.spec) },
        { key: "owner", title: t("list.owner"), sort: (p) => p.metadata.owner, cell: (p) => p.metadata.owner ?? "—" },
      ]}
    />
  );
}

const metricsOf = (p: ProcessSpec) => new Set(p.steps.flatMap((s) => s.metrics ?? [])).size;
const unmeasuredOf = (p: ProcessSpec) => p.steps.filter((s) => (s.metrics ?? []).length === 0).length;
