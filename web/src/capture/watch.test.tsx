import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Message, Queue } from "./queue";
import { campaignOf, Recorder } from "./recorder";
import { browserStore } from "./store";
import { watch } from "./watch";

let taken: Message[] = [];
let recorder: Recorder;
/** What was recorded since the last look: the event or page, and what it says. */
const news = () => taken.splice(0).map((m) => [m["event"] ?? m.type, (m["properties"] ?? {}) as Record<string, unknown>] as const);
const press = (selector: string) => document.querySelector<HTMLElement>(selector)?.click();

beforeEach(() => {
  localStorage.clear();
  taken = [];
  const queue = new Queue("u", "key", browserStore(), () => new Promise(() => undefined));
  queue.add = (m) => void taken.push(m);
  recorder = new Recorder(queue, browserStore());
});
afterEach(() => void vi.useRealTimers());

test("a visit is recorded from page to page, without what anybody typed", () => {
  vi.useFakeTimers();
  document.body.innerHTML = `
    <a id="more" href="/more?token=secret#x">Read <b>more</b></a>
    <button aria-label="Close"><i>x</i></button>
    <form id="buy" name="order" action="/pay?card=1"><input name="card" value="4111"><input type="submit" value="Pay"></form>
    <div data-private><button id="own">My salary</button></div><p id="text">nothing to press</p>`;
  document.querySelector("form")?.addEventListener("submit", (e) => e.preventDefault());
  document.querySelector("a")?.addEventListener("click", (e) => e.preventDefault());
  recorder.allow();
  watch(recorder, { pages: true, clicks: true });
  expect(news()).toEqual([["page", expect.objectContaining({ path: "/" })]]);
  for (const selector of ["#more b", "button i", "#own", "#text"]) press(selector);
  press("[type=submit]");
  const told = news();
  expect(told).toEqual([
    ["Element Clicked", { path: "/", element_id: "more", element: "a", text: "Read more", href: "/more" }],
    ["Element Clicked", { path: "/", element: "button", text: "Close" }],
    ["Element Clicked", { path: "/", element: "input", text: "Pay" }],
    ["Form Submitted", { path: "/", element_id: "buy", name: "order", action: "/pay" }],
  ]);
  expect(JSON.stringify(told)).not.toMatch(/4111|secret|salary/);
  vi.advanceTimersByTime(7000);
  history.pushState({}, "", "/next?q=private");
  history.replaceState({}, "", "/next?q=more"); // the same page still
  vi.advanceTimersByTime(1);
  expect(news()).toEqual([
    ["Page Left", { path: "/", seconds: 7 }],
    ["page", expect.objectContaining({ path: "/next", url: "http://localhost:3000/next" })],
  ]);
  window.dispatchEvent(new Event("pagehide"));
  expect(news()).toEqual([["Page Left", { path: "/next", seconds: 0 }]]);
});

test("nothing is recorded without leave, and nothing is left after it is withdrawn", () => {
  recorder.track("Paid");
  recorder.identify("u1");
  expect(recorder.decided).toBe(false);
  expect([taken.length, localStorage.length]).toEqual([0, 0]);
  recorder.allow();
  recorder.identify("u1", { level: "gold" });
  recorder.track("Paid", { amount: 5 });
  expect(taken).toMatchObject([
    { type: "identify", userId: "u1", traits: { level: "gold" } },
    { type: "track", event: "Paid", userId: "u1", properties: { amount: 5 }, anonymousId: taken[0]?.["anonymousId"] },
  ]);
  expect(new Set(taken.map((m) => m.messageId)).size).toBe(2);
  recorder.forbid();
  recorder.track("Paid");
  expect(taken.length).toBe(2);
  expect(Object.keys(localStorage)).toEqual(["lodestar.allowed"]);
});

test("a visit ends after half an hour, a person when they sign out", () => {
  vi.useFakeTimers();
  recorder.allow();
  const visit = () => {
    recorder.track("x");
    const m = taken.at(-1);
    return [(m?.["context"] as { sessionId: string } | undefined)?.sessionId, m?.["anonymousId"], m?.["userId"]];
  };
  const first = visit();
  recorder.identify("u1");
  vi.advanceTimersByTime(29 * 60_000);
  expect(visit()).toEqual([first[0], first[1], "u1"]);
  vi.advanceTimersByTime(31 * 60_000);
  const second = visit();
  expect(second[0]).not.toBe(first[0]);
  expect(second[1]).toBe(first[1]);
  recorder.reset();
  const other = visit();
  expect(other[1]).not.toBe(first[1]);
  expect(other[2]).toBeUndefined();
});

test("campaigns are read off the address", () => {
  expect(campaignOf("?utm_source=wechat&utm_campaign=spring&x=1")).toEqual({ source: "wechat", name: "spring" });
});
