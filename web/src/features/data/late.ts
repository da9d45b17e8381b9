import { secondsOf } from "@/lib/date";

/** When something became late: the time today, otherwise the day too. */
export function lateSince(lateBy: string | undefined, lang: string, now = Date.now()): string {
  const seconds = secondsOf(lateBy);
  if (seconds === 0) return "";
  const since = new Date(Math.round((now - seconds * 1000) / 60_000) * 60_000);
  const today = since.toDateString() === new Date(now).toDateString();
  return new Intl.DateTimeFormat(lang, today ? { timeStyle: "short" } : { year: since.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }).format(since);
}

/** How long something took. */
export function formatDuration(from: string, to: string | undefined, lang: string): string {
  const ms = new Date(to ?? "").getTime() - new Date(from).getTime();
  if (!Number.isFinite(ms) || ms < 0) return "";
  const zh = lang.startsWith("zh");
  if (ms < 1000) return `${Math.round(ms)}\u00a0${zh ? "毫秒" : "ms"}`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(seconds)}\u00a0${zh ? "秒" : "s"}`;
  const minutes = Math.floor(seconds / 60);
  return zh ? `${minutes} 分 ${Math.round(seconds % 60)} 秒` : `${minutes} min ${Math.round(seconds % 60)} s`;
}
