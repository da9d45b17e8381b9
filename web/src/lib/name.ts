/** A resource name made of a title: ASCII letters, digits and "_", or `fallback_n` when nothing is left. */
export function slug(title: string, fallback: string, taken: readonly string[] = []): string {
  const base = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .replace(/__+/g, "_")
    .slice(0, 48);
  const stem = base === "" ? fallback : base;
  if (base !== "" && !taken.includes(stem)) return stem;
  for (let n = base === "" ? 1 : 2; ; n++) {
    const name = `${stem}_${n}`;
    if (!taken.includes(name)) return name;
  }
}

/** Up to two letters that stand for a person: "mei.lin" → "ML", "林梅" → "林". */
export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/).filter(Boolean);
  const first = words[0]?.[0] ?? "";
  if (first > "\u02ff") return first; // one Han character is enough
  return (first + (words[1]?.[0] ?? "")).toUpperCase();
}
