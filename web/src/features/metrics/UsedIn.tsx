import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useReferences } from "@/api/hooks";
import type { Kind, ResourceLink } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Card, Chip, Empty, Loaded } from "@/ui";
import styles from "./metrics.module.css";

const places: Record<Kind, string> = { Connection: "/data/connections", Entity: "/data/entities", Event: "/data", Dataset: "/data", Metric: "/metrics", Tree: "/trees", Target: "/targets", Process: "/data/processes", Workspace: "/admin", Calendar: "/admin", Rollup: "/data", Test: "/metrics" };
/** The others have no page of their own. */
const paged = new Set<Kind>(["Connection", "Entity", "Event", "Dataset", "Metric", "Tree", "Target", "Process"]);
const pathOf = (link: ResourceLink) => (paged.has(link.kind) ? `${places[link.kind]}/${encodeURIComponent(link.name)}` : places[link.kind]);

/** Everything that names this metric, with the place in it. */
export function UsedIn({ name }: { name: string }) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const query = useReferences("metrics", name);
  const placeOf = ({ path = "" }: ResourceLink) => {
    const part = /^(?:spec\.)?(\w+)/.exec(path)?.[1] ?? "";
    return part === "" ? "" : t(`used.as.${part}`, { defaultValue: path });
  };
  return (
    <Card>
      <Loaded query={query}>
        {({ usedBy }) =>
          (usedBy ?? []).length === 0 ? (
            <Empty icon="link" title={t("used.none")}>
              {t("used.noneText")}
            </Empty>
          ) : (
            <ul className={styles["used"]}>
              {usedBy.map((link) => (
                <li key={`${link.kind}/${link.name}/${link.path ?? ""}`}>
                  <Chip>{t(`kind.${link.kind}`)}</Chip>
                  <Link to={pathOf(link)}>{pick(link.title, link.name)}</Link>
                  <span className={styles["quiet"]} title={link.path}>
                    {placeOf(link)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
