import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDimensions, useRun } from "@/api/hooks";
import type { NodeState, QueryRequest, TreeState } from "@/api/types";
import { BarList } from "@/charts";
import { useText } from "@/i18n/useText";
import { Loaded, Picker, Skeleton } from "@/ui";
import { askOf } from "./ask";
import styles from "./northstar.module.css";

const shown = 10;

/** The value of the period by the members of one dimension. */
export function SplitBy({ state, node }: { state: TreeState; node: NodeState }) {
  const { t } = useTranslation("northstar");
  const { pick } = useText();
  const dimensions = useDimensions([node.metric]);
  const [chosen, setChosen] = useState("");
  const fitting = (dimensions.data ?? []).filter((d) => d.fits && (d.type === "string" || d.type === "boolean"));
  const dimension = fitting.find((d) => d.name === chosen) ?? fitting[0];
  const request: QueryRequest | null =
    dimension === undefined
      ? null
      : { metrics: [askOf(node)], by: [dimension.name], time: { from: state.range.from, to: state.range.to }, top: { n: shown, by: node.metric, others: true }, order: [`-${node.metric}`], totals: true, timezone: state.timezone };
  const query = useRun(request);
  return (
    <Loaded query={dimensions} skeleton={<Skeleton height={240} />}>
      {() =>
        dimension === undefined ? (
          <p>{t("split.none")}</p>
        ) : (
          <div className={styles["stack"]}>
            <Picker label={t("split.by")} options={fitting.map((d) => ({ value: d.name, label: pick(d.title, d.name), detail: d.name }))} value={dimension.name} onChange={setChosen} />
            <Loaded query={query} skeleton={<Skeleton height={240} />}>
              {(result) => {
                const number = (cell: unknown) => (typeof cell === "number" ? cell : null);
                const items = result.rows.map((row, i) => ({ key: String(i), name: row[0] === null || row[0] === "" ? t("split.noValue") : String(row[0]), value: number(row[1]) }));
                const others = number(result.others?.[0]?.[1] ?? null);
                if (others !== null) items.push({ key: "others", name: t("split.others"), value: others });
                return <BarList items={items} measure={node} />;
              }}
            </Loaded>
          </div>
        )
      }
    </Loaded>
  );
}
