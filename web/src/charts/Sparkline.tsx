import { memo } from "react";
import type { Point } from "@/api/types";
import { extent, linePath, padded, yScale } from "./scale";
import styles from "./charts.module.css";

interface Props {
  points: readonly Point[];
  width?: number;
  height?: number;
  /** Read out instead of the picture; "" when the words stand beside it. */
  label: string;
}

/** A small line: the target as a thin line, a period that is not over as a hollow, hatched end. */
export const Sparkline = memo(function Sparkline({ points, width = 120, height = 32, label }: Props) {
  const range = extent(points.flatMap((p) => [p.value, p.target]));
  if (range === null || points.length === 0) return <svg width={width} height={height} aria-hidden="true" />;
  const y = yScale(padded(range), 2, height - 2);
  const step = points.length > 1 ? (width - 8) / (points.length - 1) : 0;
  const x = (i: number) => 4 + i * step;
  const at = (value: number | null, i: number) => (value === null ? null : ([x(i), y(value)] as const));
  const last = points.length - 1;
  const open = points[last]?.incomplete === true;
  const solid = points.map((p, i) => (open && i === last ? null : at(p.value, i)));
  const end = at(points[last]?.value ?? null, last);
  const before = open && last > 0 ? at(points[last - 1]?.value ?? null, last - 1) : null;

  return (
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} className={styles["spark"]} role={label === "" ? undefined : "img"} aria-label={label || undefined} aria-hidden={label === "" || undefined}>
      {open && end !== null && <rect x={Math.max(x(last) - step / 2, 0)} y={0} width={width - Math.max(x(last) - step / 2, 0)} height={height} className={styles["hatchGround"]} />}
      <path d={linePath(points.map((p, i) => at(p.target, i)))} className={styles["targetLine"]} />
      <path d={linePath(solid)} className={styles["line"]} />
      {before !== null && end !== null && <path d={linePath([before, end])} className={styles["openLine"]} />}
      {end !== null && <circle cx={end[0]} cy={end[1]} r={2.5} className={open ? styles["openDot"] : styles["dot"]} />}
    </svg>
  );
});
