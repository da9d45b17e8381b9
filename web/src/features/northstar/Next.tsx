import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { TreeState } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { initials } from "@/lib/name";
import { Card, Icon, type IconName } from "@/ui";
import { nextItems, type NextItem } from "./next";
import styles from "./northstar.module.css";

const icons: Record<NextItem["kind"], IconName> = { late: "clock", guardrail: "shield", behind: "target", target: "target", owner: "user", guardrails: "shield", error: "alert", invite: "user" };

/** What a person can do now, each with who it concerns. */
export function Next({ state, invited, onOpen }: { state: TreeState; invited: boolean; onOpen: (metric: string) => void }) {
  const { t } = useTranslation("northstar");
  const { pick } = useText();
  const edit = useCan("editor");
  const admin = useCan("admin");
  const items = nextItems(state, { edit, invite: admin && !invited });
  const nameOf = (metric: string) => {
    const found = state.nodes.find((n) => n.metric === metric) ?? state.guardrails.find((g) => g.metric === metric);
    return pick(found?.title, metric);
  };
  return (
    <Card title={t("next.title")}>
      {items.length === 0 && <p className={styles["small"]}>{t("next.none")}</p>}
      <ul className={styles["next"]}>
        {items.map((item) => {
          const body = (
            <>
              <Icon name={icons[item.kind]} size={18} />
              <span>{t(`next.${item.kind}`, { name: nameOf(item.metric) })}</span>
              {item.owner !== "" && (
                <span className={styles["who"]} title={t("owner", { name: item.owner })}>
                  {initials(item.owner)}
                </span>
              )}
              <Icon name="right" size={16} />
            </>
          );
          return (
            <li key={`${item.kind}${item.metric}`}>
              {item.to === "" ? (
                <button type="button" onClick={() => onOpen(item.metric)}>
                  {body}
                </button>
              ) : (
                <Link to={item.to}>{body}</Link>
              )}
            </li>
          );
        })}
      </ul>
    </Card>
  );
}
