import type { Message, Queue } from "./queue";
import type { Store } from "./store";

/** After so long without anything a visit is another one. */
const visitEnds = 30 * 60_000;

type Values = Record<string, unknown>;

/** Turns what happens into messages: whose, when, where, in which visit. */
export class Recorder {
  constructor(
    private readonly queue: Queue,
    private readonly store: Store,
  ) {}

  /** Whether anything is recorded: not after forbid, and not while leave is awaited. */
  get allowed(): boolean {
    return this.store.get("allowed") === "yes";
  }

  allow(): void {
    this.store.set("allowed", "yes");
  }

  forbid(): void {
    for (const key of ["user", "anonymous", "visit", "seen"]) this.store.set(key, null);
    this.store.set("allowed", "no");
    this.queue.clear();
  }

  /** Says whether leave was given or refused before. */
  get decided(): boolean {
    return this.store.get("allowed") !== null;
  }

  track(event: string, properties: Values = {}): void {
    this.record("track", { event, properties });
  }

  page(name?: string, properties: Values = {}): void {
    this.record("page", { ...(name === undefined ? {} : { name }), properties: { ...place(), ...properties } });
  }

  identify(userId: string, traits: Values = {}): void {
    if (this.allowed) this.store.set("user", userId);
    this.record("identify", { traits });
  }

  group(groupId: string, traits: Values = {}): void {
    this.record("group", { groupId, traits });
  }

  /** Forgets who it was: after signing out. */
  reset(): void {
    for (const key of ["user", "anonymous", "visit"]) this.store.set(key, null);
  }

  private record(type: string, fields: Values): void {
    if (!this.allowed) return;
    const userId = this.store.get("user");
    const m: Message = { type, messageId: id(), timestamp: new Date().toISOString(), anonymousId: this.anonymous(), context: this.context(), ...fields };
    if (userId !== null) m["userId"] = userId;
    this.queue.add(m);
  }

  private anonymous(): string {
    const known = this.store.get("anonymous") ?? id();
    this.store.set("anonymous", known);
    return known;
  }

  private visit(): string {
    const now = Date.now();
    const last = Number(this.store.get("seen") ?? 0);
    const known = now - last < visitEnds ? this.store.get("visit") : null;
    const visit = known ?? id();
    this.store.set("visit", visit);
    this.store.set("seen", String(now));
    return visit;
  }

  private context(): Values {
    const campaign = campaignOf(window.location.search);
    return {
      library: { name: "lodestar.capture" },
      page: place(),
      sessionId: this.visit(),
      locale: navigator.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      screen: { width: window.screen.width, height: window.screen.height },
      ...(Object.keys(campaign).length === 0 ? {} : { campaign }),
    };
  }
}

/** Where it happened. Addresses go without their query, which may hold anything. */
export function place(): Values {
  const at = window.location;
  return { path: at.pathname, url: at.origin + at.pathname, title: document.title, ...(document.referrer === "" ? {} : { referrer: document.referrer.replace(/[?#].*$/, "") }) };
}

/** utm_source=x and the like. */
export function campaignOf(search: string): Values {
  const out: Values = {};
  new URLSearchParams(search).forEach((value, key) => {
    if (key.startsWith("utm_")) out[key === "utm_campaign" ? "name" : key.slice(4)] = value;
  });
  return out;
}

/** Browsers give ids of their own only to pages that came over TLS. */
function id(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
}
