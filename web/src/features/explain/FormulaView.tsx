import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Explanation, FormulaPart } from "@/api/types";
import { Waterfall, type Step } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatValue } from "@/lib/number";
import { Button, Notice } from "@/ui";
import type { DrillStep } from "./drill";
import { openParts, visibleResidual } from "./steps";

interface Props {
  explanation: Explanation;
  onOpen: (step: DrillStep) => void;
}

/** The change along the formula. A part with parts of its own opens in place; a plain metric is explained by itself. */
export function FormulaView({ explanation, onOpen }: Props) {
  const { t } = useTranslation("explain");
  const { lang, pick } = useText();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const { formula, valueFrom, valueTo } = explanation;
  if (formula === null) return null;
  if (valueFrom === null || valueTo === null) return <Notice>{t("noBase")}</Notice>;

  const nameOf = (part: FormulaPart) => pick(part.title, part.metric);
  const openerOf = (key: string, part: FormulaPart): (() => void) | undefined => {
    if ((part.parts ?? []).length > 0) return () => setOpened(new Set([...opened, key]));
    if (part.metric === "") return undefined;
    return () => onOpen({ kind: "metric", value: part.metric, label: nameOf(part) });
  };
  const steps: Step[] = openParts(formula.parts, opened).map(({ key, part }) => ({
    key,
    name: nameOf(part),
    note: part.op,
    contribution: part.contribution,
    share: part.share,
    detail: `${formatValue(part.from, part, lang)} → ${formatValue(part.to, part, lang)}`,
    onOpen: openerOf(key, part),
  }));
  const residual = visibleResidual(explanation);
  if (residual !== 0) steps.push({ key: "residual", name: t("residual"), contribution: residual, share: null, rest: true });

  return (
    <Waterfall
      title={t("byFormula", { metric: pick(explanation.title) })}
      from={{ name: t("before"), value: valueFrom }}
      to={{ name: t("now"), value: valueTo }}
      steps={steps}
      measure={explanation}
      direction={explanation.direction}
      fileName={`${explanation.metric}-formula`}
      actions={
        opened.size > 0 ? (
          <Button small onClick={() => setOpened(new Set())}>
            {t("fold")}
          </Button>
        ) : undefined
      }
    />
  );
}
