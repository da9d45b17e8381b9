import { say } from "./say";
import type { Store } from "./store";

/** A message of the protocol; see docs/events.md. */
export interface Message {
  type: string;
  messageId: string;
  timestamp: string;
  [field: string]: unknown;
}

const slot = "queue.";
const mostKept = 300;
const mostSent = 50;
/** Browsers take no more than 64 KB from a page that is being left. */
const mostBytes = 60_000;
const longestWait = 300_000;

/** Statuses that sending again does not change. */
const never = [400, 401, 403, 404, 413];

/** What sends a request; fetch. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/**
 * Holds messages until the server has them. They outlive the page: what one
 * leaves behind, the next one sends. The server stores a message once however
 * often it comes, by its id.
 */
export class Queue {
  private waiting: Message[] = [];
  private sending = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly own = slot + Math.random().toString(36).slice(2);

  constructor(
    private readonly url: string,
    private readonly key: string,
    private readonly store: Store,
    private readonly send: Send,
  ) {
    for (const left of store.keys().filter((k) => k.startsWith(slot))) {
      this.waiting.push(...read(store.get(left)));
      store.set(left, null);
    }
    if (this.waiting.length > 0) this.later(0);
  }

  add(m: Message): void {
    this.waiting.push(m);
    if (this.waiting.length > mostKept) {
      say(`${this.waiting.length - mostKept} events are lost, the server was away for too long`);
      this.waiting.splice(0, this.waiting.length - mostKept);
    }
    this.keep();
    if (this.failures === 0) this.later(this.waiting.length >= mostSent ? 0 : 2000);
  }

  /** Lets go of everything that was not sent. */
  clear(): void {
    this.waiting = [];
    this.keep();
  }

  /** Sends what waits; the page may be going. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.sending || this.waiting.length === 0) return;
    this.sending = true;
    const batch = head(this.waiting);
    let wait: number | undefined;
    try {
      const body = JSON.stringify({ batch, sentAt: new Date().toISOString(), writeKey: this.key });
      // Plain text, so that the browser does not ask for leave first.
      const r = await this.send(this.url, { method: "POST", body, keepalive: true, credentials: "omit", headers: { "Content-Type": "text/plain" } });
      if (!r.ok && !never.includes(r.status)) wait = Number(r.headers.get("Retry-After")) * 1000 || undefined;
      if (!r.ok && never.includes(r.status)) say(`${batch.length} events were refused: ${await r.text()}`);
      if (r.ok || never.includes(r.status)) {
        this.waiting = this.waiting.filter((m) => !batch.includes(m));
        this.failures = 0;
      } else {
        this.failures++;
      }
    } catch {
      this.failures++; // no network: it is sent again
    }
    this.sending = false;
    this.keep();
    if (this.waiting.length > 0) this.later(this.failures === 0 ? 0 : (wait ?? Math.min(1000 * 2 ** this.failures, longestWait)));
  }

  private keep(): void {
    this.store.set(this.own, this.waiting.length === 0 ? null : JSON.stringify(this.waiting));
  }

  private later(ms: number): void {
    if (this.timer !== undefined && ms > 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), ms);
  }
}

/** As many as may go at once. */
function head(list: Message[]): Message[] {
  let bytes = 200;
  const out: Message[] = [];
  for (const m of list.slice(0, mostSent)) {
    bytes += new TextEncoder().encode(JSON.stringify(m)).length + 1;
    if (out.length > 0 && bytes > mostBytes) break;
    out.push(m);
  }
  return out;
}

function read(text: string | null): Message[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? (list as Message[]) : [];
  } catch {
    return []; // another program's, or half written
  }
}
