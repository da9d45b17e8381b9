import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useResources } from "@/api/hooks";
import type { DatasetSpec, Resource } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Button, Card, Denied, LinkButton, Loaded, Page, PageHead, Skeleton } from "@/ui";
import styles from "./data.module.css";
import { useData } from "./hooks";
import type { DatasetStatus } from "./types";
import { problemsOf, type Problem } from "./upload/draft";
import { DropZone } from "./upload/DropZone";
import { FileDetail } from "./upload/FileDetail";
import { FileList } from "./upload/FileList";
import { FoundRelations } from "./upload/FoundRelations";
import { RunState } from "./upload/RunState";
import { useWizard, type Item } from "./upload/useWizard";
import own from "./upload/upload.module.css";

function Wizard({ datasets, status, into }: { datasets: Resource<DatasetSpec>[]; status: DatasetStatus[]; into: string }) {
  const { t } = useTranslation("data");
  const { zone } = useSession().workspace;
  const taken = useMemo(() => datasets.map((d) => d.metadata.name), [datasets]);
  const wizard = useWizard(into, zone, taken);
  const { items } = wizard;
  const [chosen, setChosen] = useState<number>();
  const shown = items.find((i) => i.id === chosen) ?? items[0];
  const loaded = (name: string) => status.some((s) => s.name === name && s.version > 0);
  const busy = items.some((i) => i.phase === "uploading" || i.phase === "loading");

  useEffect(() => {
    if (!busy) return;
    const hold = (e: BeforeUnloadEvent) => e.preventDefault();
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, [busy]);

  const problems = (item: Item): Problem[] => {
    if (item.draft === undefined || item.detection === undefined) return [];
    const others = items.filter((o) => o.id !== item.id && o.phase !== "done" && o.draft?.target === "").map((o) => o.draft?.name ?? "");
    return problemsOf(item.draft, item.detection, [...(item.defined ? taken.filter((name) => name !== item.draft?.name) : taken), ...others], loaded(item.draft.target));
  };
  const ready = items.filter((i) => i.phase === "ready" && i.draft !== undefined && problems(i).length === 0);
  const open = items.filter((i) => i.phase === "ready" && problems(i).length > 0);
  const done = [...new Set(items.filter((i) => i.phase === "done").map((i) => i.load?.dataset ?? ""))];
  const settled = items.length > 0 && items.every((i) => i.phase === "done");

  return (
    <div className={styles["stack"]}>
      <DropZone small={items.length > 0} onFiles={(files) => void wizard.add(files)} />
      {settled && (
        <Card title={t("upload.results")}>
          <div className={styles["stack"]}>
            {items.map((item) => (
              <section key={item.id}>
                <h3>{item.file.name}</h3>
                {item.load !== undefined && <RunState load={item.load} />}
              </section>
            ))}
          </div>
        </Card>
      )}
      {items.length > 0 && !settled && (
        <div className={own["wizard"]}>
          <FileList items={items} chosen={shown?.id} open={(i) => problems(i).length > 0} onChoose={setChosen} onRemove={wizard.remove} />
          {shown !== undefined && (
            <FileDetail
              key={shown.id}
              item={shown}
              datasets={datasets}
              loaded={loaded}
              problems={problems(shown)}
              edit={(change) => wizard.edit(shown.id, change)}
              reread={(overrides, target) => void wizard.reread(shown, overrides, target)}
            />
          )}
        </div>
      )}
      {done.length > 0 && !busy && (
        <Card title={t("relations.suggested")}>
          <div className={styles["stack"]}>
            <p className={styles["muted"]}>{t("relations.why")}</p>
            <FoundRelations datasets={datasets} about={done} related />
          </div>
        </Card>
      )}
      {items.length > 0 && (
        <div className={styles["foot"]}>
          {settled ? (
            <>
              <LinkButton variant="primary" icon="metrics" to={`/metrics/new-metric?dataset=${encodeURIComponent(done[0] ?? "")}`}>
                {t("upload.metric")}
              </LinkButton>
              <LinkButton to="/data">{t("upload.back")}</LinkButton>
            </>
          ) : (
            <>
              <Button variant="primary" icon="play" disabled={ready.length === 0} busy={items.some((i) => i.phase === "loading")} onClick={() => void wizard.loadAll(ready)}>
                {t("upload.load", { count: ready.length })}
              </Button>
              {open.length > 0 && <span className={styles["muted"]}>{t("upload.open", { count: open.length, names: open.map((i) => i.file.name).join(", ") })}</span>}
            </>
          )}
        </div>
      )}
    </div>
  );
}

/** Brings files in: from the disk to datasets with keys, times and relationships. */
export function UploadPage() {
  const { t } = useTranslation("data");
  const { pick } = useText();
  const editor = useCan("editor");
  const [search] = useSearchParams();
  const into = search.get("dataset") ?? "";
  const datasets = useResources<DatasetSpec>("datasets", editor);
  const data = useData();
  const target = datasets.data?.find((d) => d.metadata.name === into);
  const title = target === undefined ? t("upload.title") : t("upload.titleInto", { name: pick(target.metadata.title, into) });
  useTitle(title);
  if (!editor) {
    return (
      <Page>
        <Denied detail={t("upload.denied")} />
      </Page>
    );
  }
  return (
    <Page>
      <PageHead title={title} lead={t("upload.lead")} />
      <Loaded query={datasets} skeleton={<Skeleton height={200} />}>
        {(all) => <Loaded query={data} skeleton={<Skeleton height={200} />}>{(overview) => <Wizard datasets={all} status={overview.items} into={target === undefined ? "" : into} />}</Loaded>}
      </Loaded>
    </Page>
  );
}
