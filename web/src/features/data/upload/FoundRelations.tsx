import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatShare } from "@/lib/number";
import { Button, Chip, Icon, Loaded, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useAmend, useSuggestions } from "../hooks";
import type { Suggestion } from "../types";

/** A name that none of the dataset's relationships or columns has yet. */
export function freeName(wanted: string, spec: Pick<DatasetSpec, "columns" | "relationships">): string {
  const taken = new Set([...(spec.relationships ?? []).map((r) => r.name), ...spec.columns.map((c) => c.name)]);
  let name = wanted;
  for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`;
  return name;
}

interface Props {
  datasets: Resource<DatasetSpec>[];
  /** Only what touches one of these. */
  about: string[];
  /** Lists those that are there too. */
  related?: boolean;
}

/** Relationships that names and values make likely, each with its evidence and one button. */
export function FoundRelations({ datasets, about, related = false }: Props) {
  const { t } = useTranslation("data");
  const { lang, pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const names = datasets.map((d) => d.metadata.name);
  const suggestions = useSuggestions(names);
  const amend = useAmend();
  const title = (name: string) => pick(datasets.find((d) => d.metadata.name === name)?.metadata.title, name);

  const accept = (s: Suggestion) =>
    amend.mutate(
      {
        name: s.from,
        change: (spec) => ({ ...spec, relationships: [...(spec.relationships ?? []), { name: freeName(s.name, spec), to: s.to, columns: s.columns, cardinality: "many_to_one" }] }),
      },
      { onSuccess: () => say(t("relations.added")), onError: (error) => say(textOf(error), "bad") },
    );

  if (names.length < 2) return null;
  return (
    <Loaded query={suggestions} skeleton={<Skeleton height={48} />}>
      {(all) => {
        const shown = all.filter((s) => about.includes(s.from) || about.includes(s.to));
        const there = related ? datasets.flatMap((d) => (d.spec.relationships ?? []).filter((r) => about.includes(d.metadata.name) || about.includes(r.to)).map((r) => ({ from: d.metadata.name, ...r }))) : [];
        if (shown.length + there.length === 0) return <p className={styles["muted"]}>{t("relations.noneFound")}</p>;
        return (
          <ul className={styles["found"]}>
            {there.map((r) => (
              <li key={`${r.from} ${r.name}`}>
                <div>
                  <strong>
                    {title(r.from)} <Icon name="right" size={14} /> {title(r.to)}
                  </strong>
                </div>
                <Chip tone="good">{t("relations.added")}</Chip>
              </li>
            ))}
            {shown.map((s) => (
              <li key={`${s.from} ${s.to} ${Object.keys(s.columns).join()}`}>
                <div>
                  <strong>
                    {title(s.from)} <Icon name="right" size={14} /> {title(s.to)}
                  </strong>
                  <span className={styles["muted"]}>
                    {Object.entries(s.columns).map(([here, there]) => `${here} = ${there}`).join(", ")} · {t("relations.evidence", { share: formatShare(s.share, lang), count: s.values, to: title(s.to) })}
                  </span>
                </div>
                <Chip tone={s.share >= 0.9 ? "good" : "watch"}>{formatShare(s.share, lang)}</Chip>
                <Button small icon="link" busy={amend.isPending} onClick={() => accept(s)}>
                  {t("relations.accept")}
                </Button>
              </li>
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}
