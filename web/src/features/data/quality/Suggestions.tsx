import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { useText } from "@/i18n/useText";
import { Button, Card, Loaded, Skeleton, useErrorText, useToast } from "@/ui";
import styles from "../data.module.css";
import { useAmend } from "../hooks";
import { useRuleSuggestions } from "./hooks";
import type { RuleSuggestion } from "./types";
import own from "./quality.module.css";

/** Rules that the rows keep already: a press makes one a promise. */
export function Suggestions({ dataset }: { dataset: Resource<DatasetSpec> }) {
  const { t } = useTranslation("quality");
  const { pick } = useText();
  const say = useToast();
  const textOf = useErrorText();
  const amend = useAmend();
  const [asked, setAsked] = useState(false);
  const name = dataset.metadata.name;
  const suggestions = useRuleSuggestions(name, asked);
  const accept = ({ rule }: RuleSuggestion) => amend.mutate({ name, change: (spec) => ({ ...spec, quality: [...(spec.quality ?? []), rule] }) }, { onError: (error) => say(textOf(error), "bad") });
  const copy = ({ yaml }: RuleSuggestion) => void navigator.clipboard.writeText(yaml).then(() => say(t("suggestions.copied")));
  const what = ({ rule }: RuleSuggestion) => {
    const column = dataset.spec.columns.find((c) => c.name === rule.column);
    return [t(`kind.${rule.rule}`), rule.relationship ?? pick(column?.title, rule.column ?? "")].join(" · ");
  };
  return (
    <Card title={t("suggestions.title")}>
      <p className={styles["muted"]}>{t("suggestions.lead")}</p>
      {!asked ? (
        <Button onClick={() => setAsked(true)}>{t("suggestions.show")}</Button>
      ) : (
        <Loaded query={suggestions} skeleton={<Skeleton height={120} />}>
          {(list) =>
            list.length === 0 ? (
              <p>{t("suggestions.none")}</p>
            ) : (
              <ul className={own["rules"]}>
                {list.map((s) => (
                  <li key={s.yaml} className={own["rule"]}>
                    <div className={own["body"]}>
                      <span>
                        <strong>{what(s)}</strong> <span className={styles["muted"]}>{pick(s.evidence)}</span>
                      </span>
                      <span className={styles["chips"]}>
                        <Button small onClick={() => copy(s)}>
                          {t("suggestions.copy")}
                        </Button>
                        <Button small variant="primary" busy={amend.isPending} onClick={() => accept(s)}>
                          {t("suggestions.accept")}
                        </Button>
                      </span>
                    </div>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      )}
    </Card>
  );
}
