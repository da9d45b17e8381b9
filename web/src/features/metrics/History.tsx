import { useTranslation } from "react-i18next";
import { useRevisions } from "@/api/hooks";
import { useSession } from "@/app/session";
import { useActor } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { formatInstant } from "@/lib/date";
import { Card, Chip, Loaded } from "@/ui";
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

/** The life of a definition, newest first, with what changed word by word. */
export function History({ name }: { name: string }) {
  const { t } = useTranslation("metrics");
  const { lang } = useText();
  const actorName = useActor();
  const zone = useSession().workspace.zone;
  const query = useRevisions("metrics", name);
  return (
    <Loaded query={query}>
      {(revisions) => (
        <ol className={styles["stack"]}>
          {revisions.map((r, i) => (
            <li key={r.revision}>
              <Card>
                <p className={styles["revision"]}>
                  <strong>{t("history.version", { revision: r.revision })}</strong>
                  <Chip>{t(`history.action.${r.action}`)}</Chip>
                  <span className={styles["quiet"]}>
                    {actorName(r.author)} · {formatInstant(r.at, zone, lang)}
                  </span>
                </p>
                {r.action === "create" ? (
                  <details>
                    <summary>{t("history.whole")}</summary>
                    <Diff text={r.diff ?? ""} />
                  </details>
                ) : (
                  <details open={i === 0}>
                    <summary>{t("history.changes")}</summary>
                    <Diff text={r.diff ?? ""} />
                  </details>
                )}
              </Card>
            </li>
          ))}
        </ol>
      )}
    </Loaded>
  );
}
