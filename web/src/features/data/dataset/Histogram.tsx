import { useTranslation } from "react-i18next";
import { useText } from "@/i18n/useText";
import { formatFull } from "@/lib/number";
import type { ColumnProfile } from "../types";
import { useCell } from "./cell";
import own from "./dataset.module.css";

const width = 240;
const height = 56;

/** How the values of a column are spread, in equal steps. */
export function Histogram({ column, scale }: { column: ColumnProfile; scale?: number }) {
  const { t } = useTranslation("data");
  const { lang } = useText();
  const write = useCell();
  const bins = column.histogram ?? [];
  const most = Math.max(1, ...bins.map((b) => b.count));
  const step = width / Math.max(1, bins.length);
  const fullest = bins.find((b) => b.count === most);
  return (
    <figure className={own["histogram"]}>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={t("profile.spread", { from: write(fullest?.from ?? null, column.type, scale), to: write(fullest?.to ?? null, column.type, scale), count: most })}>
        {bins.map((bin, i) => {
          const h = bin.count === 0 ? 0 : Math.max(1.5, (bin.count / most) * (height - 2));
          return (
            <rect key={i} x={i * step + 0.5} y={height - h} width={Math.max(1, step - 1)} height={h}>
              <title>{`${write(bin.from, column.type, scale)} – ${write(bin.to, column.type, scale)}: ${formatFull(bin.count, lang)}`}</title>
            </rect>
          );
        })}
      </svg>
      <figcaption>
        <span>{write(column.min, column.type, scale)}</span>
        <span>{write(column.max, column.type, scale)}</span>
      </figcaption>
    </figure>
  );
}
