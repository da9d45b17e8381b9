import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/ui";
import styles from "./prepare.module.css";
import { summaryOf } from "./summary";
import { kindOf, kinds, type Kind, type Stage, type Step } from "./types";

interface Props {
  /** The dataset that they begin with. */
  from: string;
  titleOf: (dataset: string) => string;
  steps: readonly Step[];
  stages: readonly Stage[];
  /** Steps with something wrong, counted from 1. */
  wrong: ReadonlySet<number>;
  chosen: number;
  choose: (step: number) => void;
  add: (kind: Kind, at: number) => void;
  move: (from: number, to: number) => void;
  remove: (step: number) => void;
}

/** The steps in their order; 0 is the dataset that they begin with. */
export function StepList({ from, titleOf, steps, stages, wrong, chosen, choose, add, move, remove }: Props) {
  const { t } = useTranslation("prepare");
  return (
    <div className={styles["stack"]}>
      <ol className={styles["steps"]} aria-label={t("steps")} start={0}>
        <li data-chosen={chosen === 0 || undefined}>
          <button type="button" aria-current={chosen === 0 ? "step" : undefined} onClick={() => choose(0)}>
            <strong>{from === "" ? t("noInput") : titleOf(from)}</strong>
            <small>{t("input")}</small>
          </button>
        </li>
        {steps.map((step, i) => {
          const n = i + 1;
          const columns = stages[n]?.columns.length;
          return (
            <li key={i} data-chosen={chosen === n || undefined} data-wrong={wrong.has(n) || undefined}>
              <button
                type="button"
                aria-current={chosen === n ? "step" : undefined}
                aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
                onClick={() => choose(n)}
                onKeyDown={(e) => {
                  if (e.altKey && (e.key === "ArrowUp" || e.key === "ArrowDown")) {
                    e.preventDefault();
                    move(i, i + (e.key === "ArrowUp" ? -1 : 1));
                  } else if (e.key === "Delete") {
                    e.preventDefault();
                    remove(n);
                  }
                }}
              >
                <strong>
                  {n}. {t(`kind.${kindOf(step)}`)} {wrong.has(n) && <span className={styles["wrong"]}>■ {t("hasError")}</span>}
                </strong>
                <small>{summaryOf(step, titleOf)}</small>
                {columns !== undefined && <small className={styles["muted"]}>{t("columnCount", { count: columns })}</small>}
              </button>
              <span className={styles["row"]}>
                <IconButton small icon="up" label={t("moveUp", { n })} disabled={i === 0} onClick={() => move(i, i - 1)} />
                <IconButton small icon="down" label={t("moveDown", { n })} disabled={i === steps.length - 1} onClick={() => move(i, i + 1)} />
                <IconButton small icon="trash" label={t("remove", { n })} onClick={() => remove(n)} />
              </span>
            </li>
          );
        })}
      </ol>
      <AddStep add={(kind) => add(kind, chosen)} />
    </div>
  );
}

/** Which kind of step comes after the chosen one. */
function AddStep({ add }: { add: (kind: Kind) => void }) {
  const { t } = useTranslation("prepare");
  return (
    <details className={styles["add"]}>
      <summary>{t("add")}</summary>
      <div className={styles["picks"]}>
        {kinds.map((k) => (
          <Button key={k} small title={t(`about.${k}`)} onClick={(e) => {
            add(k);
            e.currentTarget.closest("details")?.removeAttribute("open");
          }}>
            {t(`kind.${k}`)}
          </Button>
        ))}
      </div>
    </details>
  );
}
