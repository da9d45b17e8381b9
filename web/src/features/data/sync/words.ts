/** A number of seconds in the largest unit that fits: "3 hours". */
export function spanOf(seconds: number, lang: string): string {
  const units = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, size] = units.find(([, n]) => seconds >= n) ?? units[3];
  return new Intl.NumberFormat(lang, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(Math.floor(seconds / size));
}
