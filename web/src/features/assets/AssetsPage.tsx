import { useTranslation } from "react-i18next";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatBytes, formatFull, formatShare } from "@/lib/number";
import { useTitle } from "@/lib/title";
import { useUrlState } from "@/lib/url";
import { Card, Chip, Empty, LinkButton, Loaded, Page, PageHead, SelectField, Skeleton, Table, TextField, type Column } from "@/ui";
import { chosen } from "./filter";
import { useAssets } from "./hooks";
import { NodeLink } from "./LineageView";
import type { Asset } from "./types";
import styles from "./assets.module.css";

const kinds = ["Connection", "Dataset", "Event", "Entity", "Metric"] as const;
const classes = ["public", "internal", "confidential", "personal", "unset"] as const;
const views = ["key", "none", "hand", "trouble", "noEn", "noZh"] as const;

function Health({ asset }: { asset: Asset }) {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  return (
    <span className={styles["chips"]}>
      {asset.state === "quarantined" && <Chip tone="bad">{t("quarantined")}</Chip>}
      {asset.freshness === "late" && <Chip tone="bad">{t("late")}</Chip>}
      {asset.freshness === "fresh" && <Chip tone="good">{t("fresh")}</Chip>}
      {asset.future !== undefined && <Chip tone="watch">{t("future", { count: asset.future })}</Chip>}
      {asset.score !== null && <Chip tone={asset.errors > 0 ? "bad" : asset.broken > 0 ? "watch" : "good"}>{t("score", { share: formatShare(asset.score, lang, 0) })}</Chip>}
    </span>
  );
}

function Name({ asset }: { asset: Asset }) {
  const { t } = useTranslation("assets");
  return (
    <span className={styles["name"]}>
      <NodeLink node={asset} /> <code className={styles["muted"]}>{asset.name}</code>
      {asset.keyAsset === true && <Chip tone="accent">{t("key")}</Chip>}
      {(asset.handLoads ?? 0) > 1 && (
        <span title={(asset.handFiles ?? []).join("\n")}>
          <Chip tone="watch">{t("hand", { count: asset.handLoads })}</Chip>
        </span>
      )}
    </span>
  );
}

function useDuties(): (a: Asset) => string {
  const { t } = useTranslation("assets");
  return ({ duties }) => (["collects", "cleans", "analyses", "reports"] as const).flatMap((d) => (duties?.[d] === undefined ? [] : [t(`duty.${d}`, { name: duties[d] })])).join(" · ");
}

function List({ assets }: { assets: Asset[] }) {
  const { t } = useTranslation("assets");
  const { lang, pick } = useText();
  const duties = useDuties();
  const item = (a: Asset) => (
    <>
      <Name asset={a} />
      <p className={styles["muted"]}>
        {[t(`kind.${a.kind}`), a.owner ?? t("noOwner"), a.steward, a.sensitivity === undefined ? undefined : t(`class.${a.sensitivity}`), a.kind === "Dataset" || a.kind === "Event" ? t("rows", { count: a.rows }) : undefined, t("asked", { count: a.asked }), duties(a)].filter(Boolean).join(" · ")}
      </p>
      <Health asset={a} />
    </>
  );
  const columns: Column<Asset>[] = [
    { key: "kind", title: t("column.kind"), sort: (a) => a.kind, cell: (a) => <span className={styles["whole"]}>{t(`kind.${a.kind}`)}</span> },
    { key: "name", title: t("column.name"), head: true, sort: (a) => pick(a.title, a.name), cell: (a) => <Name asset={a} /> },
    { key: "owner", title: t("column.owner"), sort: (a) => a.owner, cell: (a) => a.owner ?? <span className={styles["muted"]}>{t("noOwner")}</span> },
    { key: "steward", title: t("column.steward"), sort: (a) => a.steward, cell: (a) => a.steward ?? "" },
    { key: "duties", title: t("column.duties"), cell: (a) => duties(a) },
    { key: "class", title: t("column.class"), sort: (a) => a.sensitivity, cell: (a) => (a.sensitivity === undefined ? "" : <span className={styles["whole"]}>{t(`class.${a.sensitivity}`)}</span>) },
    { key: "source", title: t("column.source"), sort: (a) => a.source, cell: (a) => (a.source === undefined ? "" : <span className={styles["whole"]}>{t(`source.${a.source}`)}</span>) },
    { key: "asked", title: t("column.asked"), end: true, sort: (a) => a.asked, cell: (a) => formatFull(a.asked, lang) },
    { key: "rows", title: t("column.rows"), end: true, sort: (a) => a.rows, cell: (a) => (a.kind === "Dataset" || a.kind === "Event" ? formatFull(a.rows, lang) : "") },
    { key: "size", title: t("column.size"), end: true, sort: (a) => a.bytes, cell: (a) => (a.bytes > 0 ? <span className={styles["whole"]}>{formatBytes(a.bytes, lang)}</span> : "") },
    { key: "health", title: t("column.health"), sort: (a) => a.score ?? 2, cell: (a) => <Health asset={a} /> },
  ];
  return (
    <Card>
      <Table label={t("title")} columns={columns} rows={assets} rowKey={(a) => `${a.kind}/${a.name}`} item={item} />
    </Card>
  );
}

/** Everything the workspace holds, with its people, class, use and health. */
export function AssetsPage() {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  const assets = useAssets();
  const editor = useCan("editor");
  const [q, setQ] = useUrlState("q");
  const [kind, setKind] = useUrlState("kind");
  const [sensitivity, setClass] = useUrlState("class");
  const [view, setView] = useUrlState("view");
  const [owner] = useUrlState("owner");
  useTitle(t("title"));
  const nothing = assets.data?.length === 0;
  const shown = view ?? (owner === "none" ? "none" : "");
  return (
    <Page>
      <PageHead
        title={t("title")}
        lead={t("lead")}
        actions={
          nothing ? undefined : (
            <a className={styles["download"]} href={`/api/v1/data/assets.csv?lang=${lang === "zh-CN" ? "zh" : "en"}`} download>
              {t("download")}
            </a>
          )
        }
      />
      {!nothing && (
        <div className={styles["filters"]}>
          <TextField label={t("search")} type="search" value={q ?? ""} onChange={(e) => setQ(e.target.value)} />
          <SelectField label={t("column.kind")} value={kind ?? ""} onChange={(e) => setKind(e.target.value)} options={[{ value: "", label: t("all") }, ...kinds.map((k) => ({ value: k, label: t(`kind.${k}`) }))]} />
          <SelectField label={t("column.class")} value={sensitivity ?? ""} onChange={(e) => setClass(e.target.value)} options={[{ value: "", label: t("all") }, ...classes.map((k) => ({ value: k, label: t(`class.${k}`) }))]} />
          <SelectField label={t("show")} value={shown} onChange={(e) => setView(e.target.value)} options={[{ value: "", label: t("all") }, ...views.map((k) => ({ value: k, label: t(`view.${k}`) }))]} />
        </div>
      )}
      <Loaded query={assets} skeleton={<Skeleton height={320} />}>
        {(all) => {
          const list = chosen(all, { q: q ?? "", kind: kind ?? "", sensitivity: sensitivity ?? "", view: shown });
          return (
            <>
              {all.length > 0 && <p className={styles["muted"]}>{t("found", { count: list.length, all: all.length })}</p>}
              {all.length === 0 ? (
                <Card>
                  <Empty icon="data" title={t("empty")} action={editor ? <LinkButton variant="primary" icon="data" to="/data">{t("toData")}</LinkButton> : undefined}>
                    {t("emptyText")}
                  </Empty>
                </Card>
              ) : list.length === 0 ? (
                <Card>
                  <Empty icon="search" title={t("nothing")}>
                    {t("nothingText")}
                  </Empty>
                </Card>
              ) : (
                <List assets={list} />
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
