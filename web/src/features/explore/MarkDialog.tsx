import { useTranslation } from "react-i18next";
import type { DimensionInfo } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Dialog, LinkButton, Picker } from "@/ui";
import { drill, keepOnly, leaveOut, whyPath, type Mark } from "./mark";
import type { Ask } from "./state";
import type { Words } from "./words";
import styles from "./explore.module.css";

interface Props {
  ask: Ask;
  change: (part: Partial<Ask>) => void;
  mark: Mark;
  metric: string;
  dimensions: readonly DimensionInfo[];
  words: Words;
  onClose: () => void;
}

/** What can be done with the thing that was pressed: filter, drill, explain. */
export function MarkDialog({ ask, change, mark, metric, dimensions, words, onClose }: Props) {
  const { t } = useTranslation("explore");
  const { pick } = useText();
  const names = mark.members.map((m) => words.member(m.value));
  if (mark.time !== "" && ask.grain !== "") names.push(words.period(mark.time, ask.grain));
  const title = names.join(" · ");
  const act = (part: Partial<Ask>) => {
    change(part);
    onClose();
  };
  const closed = new Set([...mark.members.map((m) => m.dimension), ...ask.by]);
  return (
    <Dialog title={title} onClose={onClose}>
      <div className={styles["markActions"]}>
        <Picker
          label={t("mark.drill")}
          placeholder={t("mark.drillHint")}
          value=""
          onChange={(d) => act(drill(ask, mark, d))}
          options={dimensions.filter((d) => d.fits && d.type !== "timestamp" && !closed.has(d.name)).map((d) => ({ value: d.name, label: pick(d.title, d.name), detail: d.name }))}
        />
        <Button icon="filter" onClick={() => act(keepOnly(ask, mark))}>
          {t("mark.only", { name: title })}
        </Button>
        {mark.members.map((m) => (
          <Button key={m.dimension} icon="minus" onClick={() => act(leaveOut(ask, m))}>
            {t("mark.without", { name: words.member(m.value) })}
          </Button>
        ))}
        <LinkButton icon="explore" to={whyPath(metric, ask, mark, dimensions, words.filter)}>
          {t("mark.why", { metric: words.metric(metric) })}
        </LinkButton>
      </div>
    </Dialog>
  );
}
