import type { Recorder } from "./recorder";

const mostText = 80;

/** What a person does on a page: sees it, presses something, sends a form, leaves. */
export function watch(to: Recorder, what: { pages: boolean; clicks: boolean }): void {
  if (what.pages) watchPages(to);
  if (!what.clicks) return;
  document.addEventListener("click", (e) => {
    const pressed = e.target instanceof Element ? e.target.closest("a[href], button, [role=button], [role=tab], [role=menuitem], input[type=submit], input[type=button], summary") : null;
    if (pressed !== null && !hidden(pressed)) to.track("Element Clicked", described(pressed));
  }, true);
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!(form instanceof HTMLFormElement) || hidden(form)) return;
    to.track("Form Submitted", { ...named(form), action: form.getAttribute("action")?.replace(/[?#].*$/, "") ?? "" });
  }, true);
}

/** What is marked as private is nobody's business. */
const hidden = (e: Element): boolean => e.closest("[data-private]") !== null;

function named(e: Element): Record<string, unknown> {
  const out: Record<string, unknown> = { path: window.location.pathname };
  if (e.id !== "") out["element_id"] = e.id;
  const name = e.getAttribute("name") ?? e.getAttribute("data-name");
  if (name !== null) out["name"] = name;
  return out;
}

/** What was pressed: never what somebody typed. */
function described(e: Element): Record<string, unknown> {
  const out = { ...named(e), element: e.tagName.toLowerCase() };
  const label = e.getAttribute("aria-label") ?? (e instanceof HTMLInputElement ? e.value : e.textContent);
  const text = (label ?? "").replace(/\s+/g, " ").trim().slice(0, mostText);
  const href = e.getAttribute("href")?.replace(/[?#].*$/, "");
  return { ...out, ...(text === "" ? {} : { text }), ...(href === undefined || href === "" ? {} : { href }) };
}

/** Pages of sites that load once, too: their address changes without a load. */
function watchPages(to: Recorder): void {
  let at = "";
  let since = 0;
  let seen = 0;
  const look = () => {
    if (document.visibilityState === "visible") {
      since = Date.now();
    } else if (since > 0) {
      seen += Date.now() - since;
      since = 0;
    }
  };
  const leave = () => {
    if (at === "") return;
    if (since > 0) seen += Date.now() - since;
    to.track("Page Left", { path: at, seconds: Math.round(seen / 1000) });
    [at, since, seen] = ["", 0, 0];
  };
  const come = () => {
    if (window.location.pathname === at) return;
    leave();
    at = window.location.pathname;
    to.page();
    look();
  };
  for (const name of ["pushState", "replaceState"] as const) {
    const before = history[name].bind(history);
    history[name] = (...args: Parameters<History["pushState"]>) => {
      before(...args);
      setTimeout(come); // when the site has set its title
    };
  }
  window.addEventListener("popstate", () => setTimeout(come));
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (e) => {
    if (e.persisted) come();
  });
  come();
}
