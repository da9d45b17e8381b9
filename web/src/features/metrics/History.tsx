import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useChanges } from "@/api/hooks";
import type { Change } from "@/api/types";
import { useSession } from "@/app/session";
import { pageOf } from "@/features/assets";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { useUrlState } from "@/lib/url";
import { Card, Chip, Empty, Loaded, Segmented } from "@/ui";
import { readDiff, type DiffLine } from "./diff";
import styles from "./metrics.module.css";

const signs: Record<DiffLine["kind"], string> = { same: " ", added: "+", removed: "−", gap: "⋯" };

function Diff({ text }: { text: string }) {
  return (
    <div className={styles["diff"]}>
      {readDiff(text).map((line, i) => (
        <div key={i} data-kind={line.kind}>
          <span className={styles["diffSign"]}>{signs[line.kind]}</span>
          <span>
            {line.pieces.map((p, j) => (p.mark === "added" ? <ins key={j}>{p.text}</ins> : p.mark === "removed" ? <del key={j}>{p.text}</del> : <span key={j}>{p.text}</span>))}
          </span>
        </div>
      ))}
    </div>
  );
}

/** One change: of the definition itself, or of something that it rests on. */
function Entry({ change: c, open }: { change: Change; open: boolean }) {
  const { t } = useTranslation("metrics");
  const { lang, pick } = useText();
  const actorName = useActor();
  const zone = useSession().workspace.zone;
  const to = pageOf(c);
  const name = pick(c.title, c.name);
  return (
    <Card>
      <p className={styles["revision"]}>
        {!c.own && (
          <>
            <Chip>{t(`kind.${c.kind}`)}</Chip>
            <strong>{to === undefined ? name : <Link to={to}>{name}</Link>}</strong>
            {c.key && <Chip tone="accent">{t("history.key")}</Chip>}
          </>
        )}
        <strong>{t("history.version", { revision: c.revision })}</strong>
        <Chip>{t(`history.action.${c.action}`)}</Chip>
        {c.moves && <Chip tone="watch">{t("history.moved")}</Chip>}
        <span className={styles["quiet"]}>
          {actorName(c.author)} · {formatInstant(c.at, zone, lang)}
        </span>
      </p>
      {c.columns.length > 0 && <p className={styles["quiet"]}>{t("history.columns", { columns: c.columns.join(", ") })}</p>}
      <details open={open}>
        <summary>{t(c.action === "create" ? "history.whole" : "history.changes")}</summary>
        <Diff text={c.diff ?? ""} />
      </details>
    </Card>
  );
}

const views = ["all", "moves", "own"] as const;

/** The life of a definition and of what it rests on, newest first, with what changed word by word. */
export function History({ name }: { name: string }) {
  const { t } = useTranslation("metrics");
  const query = useChanges(`Metric/${name}`);
  const [asked, setView] = useUrlState("which");
  const view = views.find((v) => v === asked) ?? "all";
  return (
    <div className={styles["stack"]}>
      <div className={styles["controls"]}>
        <Segmented label={t("history.which")} value={view} onChange={(v) => setView(v === "all" ? "" : v)} options={views.map((v) => ({ value: v, label: t(`history.${v}`) }))} />
      </div>
      <Loaded query={query}>
        {(all) => {
          const list = all.filter((c) => view === "all" || (view === "own" ? c.own : c.moves));
          if (list.length === 0) return <Card><Empty title={t("history.none")}>{t("history.noneText")}</Empty></Card>;
          return (
            <ol className={styles["stack"]}>
              {list.map((c, i) => (
                <li key={`${c.kind}/${c.name}@${c.revision}`}>
                  <Entry change={c} open={i === 0 && c.action !== "create"} />
                </li>
              ))}
            </ol>
          );
        }}
      </Loaded>
    </div>
  );
}
