import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { useResources } from "@/api/hooks";
import type { DatasetSpec, FileFormat } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { type Detection, type Draft, draftOf, problemsOf, ReadingForm, redraft, specOf } from "@/features/data";
import { useText } from "@/i18n/useText";
import { formatBytes } from "@/lib/number";
import { datasetPath } from "@/lib/place";
import { useTitle } from "@/lib/title";
import { Button, Card, Denied, LinkButton, Loaded, Notice, Page, PageHead, Skeleton, TextField, useErrorText } from "@/ui";
import styles from "./connections.module.css";
import { useBringIn, useOffer } from "./hooks";
import { SyncFields } from "./SyncFields";
import type { Offer, Sync } from "./types";

interface Props {
  connection: string;
  offer: Offer;
  found: Detection;
  taken: string[];
  format: FileFormat;
  busy: boolean;
  reread: (format: FileFormat) => void;
}

function Form({ connection, offer, found, taken, format, busy, reread }: Props) {
  const { t } = useTranslation("connections");
  const { lang } = useText();
  const { zone } = useSession().workspace;
  const navigate = useNavigate();
  const textOf = useErrorText();
  const bring = useBringIn();
  const fresh = (): Draft => ({ ...draftOf(found, offer.name, zone, taken), name: offer.name, title: offer.title ?? {} });
  const [draft, setDraft] = useState(fresh);
  const [wanted, setWanted] = useState<Sync>(offer.spec.source?.sync ?? { mode: "full" });
  const [seen, setSeen] = useState(found);
  if (seen !== found) {
    // The file was read another way: what was said of it stays where it still fits.
    setSeen(found);
    setDraft((before) => redraft(before, fresh()));
  }
  const keyed = draft.key.some((i) => draft.columns[i]?.leaveOut === false);
  const sync: Sync = keyed ? wanted : { ...wanted, mode: "full" };
  const problems = problemsOf(draft, found, taken, false);
  const edit = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = () =>
    bring.mutate(
      { metadata: { name: draft.name, title: draft.title }, spec: { ...specOf(draft, found), source: { ...offer.spec.source, sync } } },
      { onSuccess: () => void navigate(datasetPath(draft.name)) },
    );
  return (
    <div className={styles["stack"]}>
      {offer.used.length > 0 && <Notice tone="watch">{t("files.used", { names: offer.used.join(lang === "zh-CN" ? "、" : ", ") })}</Notice>}
      <Card title={t("files.what")}>
        <div className={styles["stack"]}>
          <div className={styles["fields"]}>
            <TextField mono label={t("offer.name")} error={problems.includes("name") ? t("form.nameRule") : problems.includes("taken") ? t("form.taken") : undefined} value={draft.name} onChange={(e) => edit({ name: e.target.value })} />
            <TextField label={t("form.titleZh")} lang="zh-CN" value={draft.title.zh ?? ""} onChange={(e) => edit({ title: { ...draft.title, zh: e.target.value } })} />
            <TextField label={t("form.titleEn")} lang="en" value={draft.title.en ?? ""} onChange={(e) => edit({ title: { ...draft.title, en: e.target.value } })} />
          </div>
          <SyncFields offer={offer} keyed={keyed} sync={sync} onChange={setWanted} />
        </div>
      </Card>
      <ReadingForm found={found} draft={draft} overrides={format} busy={busy} problems={problems} edit={setDraft} reread={reread} />
      {bring.error !== null && (
        <Notice tone="bad">
          <span className={styles["lines"]}>{textOf(bring.error)}</span>
        </Notice>
      )}
      <div className={styles["foot"]}>
        <Button variant="primary" icon="play" busy={bring.isPending} disabled={problems.length > 0 || busy} onClick={save}>
          {t("offer.start")}
        </Button>
        <LinkButton variant="ghost" to={`/data/connections/${encodeURIComponent(connection)}`}>
          {t("cancel")}
        </LinkButton>
      </div>
    </div>
  );
}

/** Makes a dataset of files of a connection, after a look into one of them. */
export function BringFilesPage() {
  const { t } = useTranslation("connections");
  const { lang } = useText();
  const { name = "" } = useParams();
  const [search] = useSearchParams();
  const stream = search.get("table") ?? "";
  const editor = useCan("editor");
  const [format, setFormat] = useState<FileFormat>({});
  const datasets = useResources<DatasetSpec>("datasets", editor);
  const offer = useOffer(name, stream, format);
  const title = t("offer.title", { name: stream });
  useTitle(title);
  if (!editor) {
    return (
      <Page>
        <Denied detail={t("streams.denied")} />
      </Page>
    );
  }
  const size = offer.data?.stream.bytes ?? 0;
  return (
    <Page>
      <PageHead title={title} lead={size > 0 ? t("files.lead", { count: offer.data?.stream.files ?? 0, size: formatBytes(size, lang) }) : undefined} />
      <Loaded query={datasets} skeleton={<Skeleton height={480} />}>
        {(all) => (
          <Loaded query={offer} skeleton={<Skeleton height={480} />}>
            {(o) =>
              o.detection === undefined ? (
                <Notice tone="watch">{t("files.none")}</Notice>
              ) : (
                <Form key={o.stream.name} connection={name} offer={o} found={o.detection} taken={all.map((d) => d.metadata.name)} format={format} busy={offer.isFetching} reread={setFormat} />
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
