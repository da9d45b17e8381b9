import { useTranslation } from "react-i18next";
import type { Explanation, Member } from "@/api/types";
import { Waterfall } from "@/charts";
import { useText } from "@/i18n/useText";
import { formatDelta } from "@/lib/number";
import { Notice, Select } from "@/ui";
import type { DrillStep } from "./drill";
import { dimensionSteps } from "./steps";

interface Props {
  explanation: Explanation;
  chosen: string;
  onChoose: (dimension: string) => void;
  onOpen: (step: DrillStep) => void;
}

/** The change along one dimension, the most telling first; a member narrows the question. */
export function DimensionView({ explanation, chosen, onChoose, onOpen }: Props) {
  const { t } = useTranslation("explain");
  const { lang, pick } = useText();
  const { dimensions, valueFrom, valueTo } = explanation;
  const split = dimensions.find((d) => d.dimension === chosen) ?? dimensions[0];
  if (split === undefined) return <Notice>{t("noDimension")}</Notice>;
  if (valueFrom === null || valueTo === null) return <Notice>{t("noBase")}</Notice>;
  const title = pick(split.title, split.dimension);
  const mixRate = (member: Member) =>
    member.mix === null || member.rate === null ? undefined : t("mixRate", { mix: formatDelta(member.mix, explanation, lang), rate: formatDelta(member.rate, explanation, lang) });

  return (
    <>
      <Waterfall
        title={t("byDimension", { dimension: title })}
        from={{ name: t("before"), value: valueFrom }}
        to={{ name: t("now"), value: valueTo }}
        steps={dimensionSteps(
          split,
          explanation.change,
          { noValue: t("noValueMember"), others: (count) => t("others", { count }), overlap: t("overlap"), residual: t("residual"), mixRate },
          (member, name) => onOpen({ kind: "member", value: member.filter ?? "", label: `${title}: ${name}` }),
        )}
        measure={explanation}
        direction={explanation.direction}
        fileName={`${explanation.metric}-${split.dimension}`}
        adds={split.adds}
        actions={<Select style={{ width: "auto", maxWidth: 200 }} aria-label={t("dimension")} value={split.dimension} onChange={(e) => onChoose(e.target.value)} options={dimensions.map((d) => ({ value: d.dimension, label: pick(d.title, d.dimension) }))} />}
      />
      {!split.adds && <Notice>{t("notAdditive")}</Notice>}
      {split.method === "mix_rate" && <Notice>{t("mixRateHint")}</Notice>}
    </>
  );
}
