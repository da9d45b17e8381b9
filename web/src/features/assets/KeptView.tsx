import { useTranslation } from "react-i18next";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatInstant, formatSpan } from "@/lib/date";
import { formatShare } from "@/lib/number";
import { Card, Loaded, Skeleton } from "@/ui";
import styles from "./assets.module.css";
import { DayBars, type Standing } from "./DayBars";
import { useKept } from "./hooks";
import { NodeLink } from "./LineageView";
import type { SourceKept } from "./types";

/** Enough of a time to call it kept, and too little. */
const stateOf = (kept: number): Standing => (kept >= 0.999 ? "good" : kept >= 0.9 ? "watch" : "bad");

function Source({ source: s }: { source: SourceKept }) {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  const words = () => {
    if (s.within === "") return t("kept.none");
    const promise = t("kept.within", { within: formatSpan(s.within, lang) });
    if (s.kept === null) return `${promise} · ${t("kept.untold")}`;
    return [promise, t("kept.share", { share: formatShare(s.kept, lang) }), s.times > 0 ? t("kept.times", { count: s.times }) : "", s.late ? t("kept.now") : ""].filter((x) => x !== "").join(" · ");
  };
  return (
    <li>
      <NodeLink node={s} /> <span className={styles["muted"]}>{words()}</span>
    </li>
  );
}

/** How well the promises of freshness of all that flows into something were kept. */
export function KeptView({ of }: { of: string }) {
  const { t } = useTranslation("assets");
  const { lang } = useText();
  const zone = useSession().workspace.zone;
  const query = useKept(of);
  return (
    <Card title={t("kept.title")}>
      <Loaded query={query} skeleton={<Skeleton height={80} />}>
        {({ kept, days, since, sources }) => (
          <>
            {kept === null ? (
              <p className={styles["muted"]}>{t(sources.some((s) => s.within !== "") ? "kept.held" : "kept.noneYet")}</p>
            ) : (
              <>
                <p>
                  <strong className={styles["sign"]} data-state={stateOf(kept)}>
                    {formatShare(kept, lang)}
                  </strong>{" "}
                  {t("kept.whole", { since: formatInstant(since, zone, lang) })}
                </p>
                {days.length > 1 && <DayBars days={days.map((d) => ({ day: d.day, share: d.kept, standing: stateOf(d.kept) }))} label={t("kept.days", { count: days.length, lost: days.filter((d) => stateOf(d.kept) !== "good").length })} />}
              </>
            )}
            {sources.length > 0 && <ul className={styles["plain"]}>{sources.map((s) => <Source key={`${s.kind}/${s.name}`} source={s} />)}</ul>}
          </>
        )}
      </Loaded>
    </Card>
  );
}
