import { useTranslation } from "react-i18next";
import { cx } from "@/ui";
import { encodeOption, optionsFor, sameOption } from "./option";
import type { Ask } from "./state";
import type { Words } from "./words";
import styles from "./explore.module.css";

/** What can be asked of a metric beside its value; a press takes it in or out. */
export function MetricOptions({ ask, change, metric, words }: { ask: Ask; change: (part: Partial<Ask>) => void; metric: string; words: Words }) {
  const { t } = useTranslation("explore");
  const offered = optionsFor(ask, metric);
  if (offered.length === 0) return <p className={styles["quiet"]}>{t("option.none")}</p>;
  return (
    <ul className={cx(styles["choices"], styles["options"])} aria-label={t("option.beside")}>
      {offered.map((o) => {
        const taken = ask.options.some((x) => sameOption(x, o));
        return (
          <li key={encodeOption(o)}>
            <button type="button" aria-pressed={taken} onClick={() => change({ options: taken ? ask.options.filter((x) => !sameOption(x, o)) : [...ask.options, o] })}>
              {words.option(o, ask.grain)}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
