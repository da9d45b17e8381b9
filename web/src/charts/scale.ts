// The little geometry that own charts need.

export interface Extent {
  min: number;
  max: number;
}

/** Smallest and largest of the values that exist; null when there is none. */
export function extent(values: Iterable<number | null | undefined>): Extent | null {
  let min = Infinity;
  let max = -Infinity;
  for (const v of values) {
    if (v === null || v === undefined || !Number.isFinite(v)) continue;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  return min > max ? null : { min, max };
}

/** Widens an extent a little, so that lines do not touch the edge; a single value gets room around it. */
export function padded({ min, max }: Extent, share = 0.08): Extent {
  const span = max - min || Math.abs(max) || 1;
  return { min: min - span * share, max: max + span * share };
}

/** Maps values to pixels, the largest on top. */
export function yScale({ min, max }: Extent, top: number, bottom: number): (value: number) => number {
  const span = max - min || 1;
  return (value) => bottom - ((value - min) / span) * (bottom - top);
}

/** About `count` round numbers inside an extent. */
export function ticks({ min, max }: Extent, count = 4): number[] {
  const span = max - min;
  if (!(span > 0)) return [min];
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const unit = raw / power;
  const step = (unit < 1.5 ? 1 : unit < 3 ? 2 : unit < 7 ? 5 : 10) * power;
  const out: number[] = [];
  for (let i = Math.ceil(min / step); i * step <= max + step * 1e-9; i++) out.push(Number((i * step).toPrecision(12)));
  return out;
}

/** An SVG path through points; a missing one breaks the line. */
export function linePath(points: readonly (readonly [number, number] | null)[]): string {
  let path = "";
  let pen = false;
  for (const p of points) {
    if (p === null) {
      pen = false;
      continue;
    }
    path += `${pen ? "L" : "M"}${p[0].toFixed(1)} ${p[1].toFixed(1)}`;
    pen = true;
  }
  return path;
}
