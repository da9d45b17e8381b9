// The customs that a workspace counts by, for first run and settings.

export const weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

export const currencies = ["CNY", "USD", "EUR", "HKD", "TWD", "JPY", "KRW", "SGD", "GBP", "AUD", "CAD", "CHF", "INR", "MYR", "THB", "VND", "IDR", "BRL"] as const;

/** Every zone that this browser knows. */
export function zones(): string[] {
  const list = Intl.supportedValuesOf("timeZone");
  return list.includes("UTC") ? list : ["UTC", ...list];
}

/** The zone of this machine. */
export function localZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** The currency that a zone suggests. */
export function currencyOf(zone: string): string {
  if (zone === "Asia/Shanghai" || zone === "Asia/Urumqi") return "CNY";
  if (zone.startsWith("Europe/")) return zone === "Europe/London" ? "GBP" : "EUR";
  const known: Record<string, string> = { "Asia/Hong_Kong": "HKD", "Asia/Taipei": "TWD", "Asia/Tokyo": "JPY", "Asia/Seoul": "KRW", "Asia/Singapore": "SGD" };
  return known[zone] ?? "USD";
}

/** How many characters a password has at least. */
export const shortestPassword = 10;
