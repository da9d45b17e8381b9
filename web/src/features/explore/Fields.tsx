import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DimensionInfo, MetricSpec, Resource } from "@/api/types";
import { useDomain } from "@/i18n/useNames";
import { useText } from "@/i18n/useText";
import { Icon, Input, Tooltip } from "@/ui";
import type { Ask } from "./state";
import styles from "./explore.module.css";

interface Props {
  ask: Ask;
  metrics: readonly Resource<MetricSpec>[];
  dimensions: readonly DimensionInfo[];
  onMetrics: (names: string[]) => void;
  onBy: (names: string[]) => void;
}

const toggled = (list: readonly string[], name: string) => (list.includes(name) ? list.filter((n) => n !== name) : [...list, name]);

/** Titles of related columns begin with the dataset's: "Stores · City". */
export function splitTitle(title: string): { group: string; name: string } {
  const at = Math.max(title.lastIndexOf("·"), -1);
  return at < 0 ? { group: "", name: title } : { group: title.slice(0, at).trim(), name: title.slice(at + 1).trim() };
}

/** Everything that can be asked; a press takes it in or out. */
export function Fields({ ask, metrics, dimensions, onMetrics, onBy }: Props) {
  const { t } = useTranslation("explore");
  const { pick } = useText();
  const domainName = useDomain();
  const [typed, setTyped] = useState("");
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = (text: string) => words.every((w) => text.toLowerCase().includes(w));
  const shownMetrics = metrics.filter((m) => found([m.metadata.name, m.metadata.title?.zh, m.metadata.title?.en, ...(m.metadata.synonyms ?? [])].join(" ")));
  const shownDimensions = dimensions.filter((d) => d.type !== "timestamp" && found([d.name, d.title.zh, d.title.en].join(" ")));
  const groups = new Map<string, DimensionInfo[]>();
  for (const d of shownDimensions) {
    const { group } = splitTitle(pick(d.title, d.name));
    groups.set(group, [...(groups.get(group) ?? []), d]);
  }
  const domains = new Map<string, Resource<MetricSpec>[]>();
  for (const m of shownMetrics) domains.set(m.metadata.domain ?? "", [...(domains.get(m.metadata.domain ?? "") ?? []), m]);

  return (
    <div className={styles["fields"]}>
      <Input type="search" aria-label={t("fields.search")} placeholder={t("fields.search")} value={typed} onChange={(e) => setTyped(e.target.value)} />
      <section>
      <h2>{t("metrics")}</h2>
      {[...domains].map(([domain, list]) => (
        <div key={domain}>
          {domains.size > 1 && <h3>{domain === "" ? t("fields.noDomain") : domainName(domain)}</h3>}
          <ul>
            {list.map((m) => {
              const name = m.metadata.name;
              const broken = m.state === "quarantined";
              return (
                <li key={name}>
                  <button type="button" aria-pressed={ask.metrics.includes(name)} disabled={broken} title={broken ? t("fields.broken") : pick(m.metadata.description, name)} onClick={() => onMetrics(toggled(ask.metrics, name))}>
                    <Icon name={ask.metrics.includes(name) ? "check" : "plus"} size={14} />
                    <span>{pick(m.metadata.title, name)}</span>
                  </button>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
      {shownMetrics.length === 0 && <p className={styles["quiet"]}>{t("nothingFound")}</p>}
      </section>
      <section>
      <h2>{t("dimensions")}</h2>
      {[...groups].map(([group, list]) => (
        <div key={group}>
          {group !== "" && <h3>{group}</h3>}
          <ul>
            {list.map((d) => {
              const chosen = ask.by.includes(d.name);
              const reason = d.fits || chosen ? "" : pick(d.reason, t("fields.unfit"));
              return (
                <li key={d.name}>
                  <Tooltip text={reason}>
                    <button type="button" aria-pressed={chosen} aria-disabled={reason !== "" || undefined} title={reason === "" ? d.name : undefined} onClick={() => reason === "" && onBy(toggled(ask.by, d.name))}>
                      <Icon name={chosen ? "check" : reason === "" ? "plus" : "minus"} size={14} />
                      <span>{splitTitle(pick(d.title, d.name)).name}</span>
                      {reason !== "" && <span className="sr-only">{reason}</span>}
                    </button>
                  </Tooltip>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
      {shownDimensions.length === 0 && <p className={styles["quiet"]}>{t("nothingFound")}</p>}
      </section>
    </div>
  );
}
