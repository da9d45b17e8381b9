import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Message, Queue, type Send } from "./queue";
import type { Store } from "./store";

function memory(): Store & { all: Map<string, string> } {
  const all = new Map<string, string>();
  return { all, get: (k) => all.get(k) ?? null, set: (k, v) => void (v === null ? all.delete(k) : all.set(k, v)), keys: () => [...all.keys()] };
}
const message = (n: number, text = ""): Message => ({ type: "track", messageId: `m${n}`, timestamp: "2026-03-04T12:00:00Z", text });
const answer = (status: number, headers: Record<string, string> = {}) => new Response("why", { status, headers });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A server that answers with these one after the other, and what it was sent. */
function server(...answers: (Response | Error)[]) {
  const got: string[][] = [];
  const send: Send = (_, init) => {
    const body = JSON.parse(String(init.body)) as { batch: Message[]; writeKey: string; sentAt: string };
    expect(body.writeKey).toBe("key");
    got.push(body.batch.map((m) => m.messageId));
    const a = answers.shift() ?? answer(200);
    return a instanceof Error ? Promise.reject(a) : Promise.resolve(a);
  };
  return { got, send };
}

test("messages go together, and are forgotten when the server has them", async () => {
  const store = memory();
  const s = server();
  const q = new Queue("u", "key", store, s.send);
  q.add(message(1));
  q.add(message(2));
  expect(store.all.size).toBe(1);
  await vi.advanceTimersByTimeAsync(2000);
  expect(s.got).toEqual([["m1", "m2"]]);
  expect(store.all.size).toBe(0);
});

test("what could not be sent is sent again, when the server says or ever later", async () => {
  const s = server(new Error("no network"), answer(503, { "Retry-After": "7" }), answer(500));
  const q = new Queue("u", "key", memory(), s.send);
  q.add(message(1));
  await vi.advanceTimersByTimeAsync(2000);
  q.add(message(2));
  await vi.advanceTimersByTimeAsync(2000);
  expect(s.got.length).toBe(2);
  await vi.advanceTimersByTimeAsync(6900);
  expect(s.got.length).toBe(2);
  await vi.advanceTimersByTimeAsync(100 + 8000);
  expect(s.got).toEqual([["m1"], ["m1", "m2"], ["m1", "m2"], ["m1", "m2"]]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(s.got.length).toBe(4);
});

test("what the server will never take is let go of, with a word", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const s = server(answer(401));
  const q = new Queue("u", "key", memory(), s.send);
  q.add(message(1));
  await vi.advanceTimersByTimeAsync(600_000);
  expect(s.got).toEqual([["m1"]]);
  expect(warn).toHaveBeenCalledOnce();
});

test("the next page sends what one left behind", async () => {
  const store = memory();
  const gone = new Queue("u", "key", store, () => new Promise(() => undefined));
  gone.add(message(1));
  void gone.flush();
  const s = server();
  new Queue("u", "key", store, s.send);
  await vi.advanceTimersByTimeAsync(10);
  expect(s.got).toEqual([["m1"]]);
  store.set("queue.broken", "{");
  new Queue("u", "key", store, s.send).add(message(2));
  await vi.advanceTimersByTimeAsync(2000);
  expect(s.got[1]).toEqual(["m2"]);
});

test("a request has no more than a page that is left may send, and few are kept", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const s = server(new Error("no network"));
  const q = new Queue("u", "key", memory(), s.send);
  for (let n = 0; n < 310; n++) q.add(message(n, "字".repeat(1000)));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(warn).toHaveBeenCalled();
  expect(Math.max(...s.got.map((b) => b.length))).toBeLessThan(20);
  const all = new Set(s.got.slice(1).flat());
  expect(all.size).toBe(300);
  expect(all.has("m9")).toBe(false);
  expect(all.has("m309")).toBe(true);
});
