import { expect, test } from "vitest";
import { draftOf, emptyDraft, findingsOf, isName, problemsOf, secretsOf, specOf, streamDraft } from "./draft";
import { ApiError } from "@/api/client";
import { vaultName, type Values } from "./values";

const given = (type: string, name: string, values: Values) => ({ ...emptyDraft(type), name, values: { ...emptyDraft(type).values, ...values } });

test("a draft becomes a definition that only refers to secrets", () => {
  const draft = given("postgres", "shop", { host: " db ", port: "5433", user: "reader", timeout: "", password: "hunter2" });
  const spec = specOf(draft, undefined);
  expect(spec).toEqual({ type: "postgres", host: "db", port: 5433, user: "reader", password: { vault: "shop_password" } });
  expect(JSON.stringify(spec)).not.toContain("hunter2");
  expect(secretsOf(draft)).toEqual({ shop_password: "hunter2" });
});

test("what the form does not know and secrets left empty stay", () => {
  const before = { type: "mysql", host: "db", user: "reader", database: "a", password: { env: "LODESTAR_SECRET_X" }, ca: { file: "ca.pem" }, later: { a: 1 } };
  const draft = draftOf({ name: "web", title: { en: "Web" } }, before);
  expect(specOf(draft, before)).toEqual(before);
  draft.values["database"] = "";
  expect(specOf(draft, before)).toEqual({ type: "mysql", host: "db", user: "reader", password: { env: "LODESTAR_SECRET_X" }, ca: { file: "ca.pem" }, later: { a: 1 } });
});

test("every part of an interface comes back as it was", () => {
  const before = {
    type: "rest",
    url: "https://api.example/v2",
    user: "client",
    password: { vault: "crm_secret" },
    auth: { type: "oauth2", tokenURL: "https://login.example/token", scopes: ["read", "write"] },
    headers: { "X-Tenant": "shop" },
    secretHeaders: { "X-Key": { vault: "crm_key" }, "X.Dotted": { file: "key" } },
    streams: [
      { name: "leads", path: "leads", method: "POST", query: { state: "all" }, body: "{}", records: "data.items", key: ["id"], page: { type: "page", param: "page", size: 100, sizeParam: "per_page", first: 0 }, since: { param: "since", format: "unix" }, later: true },
      { name: "users", path: "", page: { type: "link", next: "paging.next" } },
    ],
  };
  const draft = draftOf({ name: "crm" }, before);
  expect(specOf(draft, before)).toEqual({ ...before, streams: [before.streams[0], { name: "users", page: { type: "link", next: "paging.next" } }] });
  expect(problemsOf(draft, before)).toEqual({});
});

test("what does not go with a choice is left out", () => {
  const before = { type: "rest", url: "https://x", user: "client", password: { vault: "p" }, auth: { type: "oauth2", tokenURL: "https://y" }, streams: [{ name: "a", page: { type: "cursor", param: "c", next: "n" } }] };
  const draft = draftOf({ name: "crm" }, before);
  draft.values = { ...draft.values, "auth.type": "bearer", "auth.token": "t0ken", secretHeaders: [["X-App Key".replace(" ", "-"), "s3cret"]] };
  draft.streams = draft.streams.map((s) => ({ ...s, values: { ...s.values, "page.type": "" } }));
  expect(specOf(draft, before)).toEqual({ type: "rest", url: "https://x", auth: { type: "bearer", token: { vault: "crm_token" } }, secretHeaders: { "X-App-Key": { vault: "crm_header_x_app_key" } }, streams: [{ name: "a" }] });
  expect(secretsOf(draft)).toEqual({ crm_token: "t0ken", crm_header_x_app_key: "s3cret" });
});

test("another type keeps nothing of the one before", () => {
  const draft = given("trino", "x", { host: "t", user: "u" });
  expect(specOf(draft, { type: "mysql", host: "db", password: { vault: "x_password" } })).toEqual({ type: "trino", host: "t", user: "u" });
});

test("what is missing or is no number is told at its field", () => {
  expect(problemsOf(given("postgres", "a", { port: "5x" }), undefined)).toEqual({ host: "required", user: "required", port: "number" });
  const rest = { ...given("rest", "a", { url: "https://x", "auth.type": "header", secretHeaders: [["X", ""]], headers: [["A", "1"], ["a", "2"]] }), streams: [streamDraft(), streamDraft({ name: "b", page: { type: "cursor" } })] };
  const told = { "auth.header": "required", "auth.token": "required", headers: "pair", secretHeaders: "pair", "streams.0.name": "required", "streams.1.page.param": "required", "streams.1.page.next": "required" };
  expect(problemsOf(rest, undefined)).toEqual(told);
  expect(Object.keys(problemsOf(rest, undefined, 0)).filter((path) => path.startsWith("streams"))).toEqual(["streams.0.name"]);
  expect(problemsOf(given("kafka", "a", { hosts: "a:1, b:2" }), undefined)).toEqual({});
});

test("findings of the server stand at their fields", () => {
  const error = new ApiError({ status: 422, errors: [{ path: "spec.url", detail: "bad" }, { path: "streams[0].page.param", detail: "missing" }] });
  expect(findingsOf(error, 2)).toEqual({ url: "bad", "streams.2.page.param": "missing" });
});

test("names", () => {
  expect(["shop", "shop_2", "", "Shop", "2shop", "a__b", "a".repeat(42)].filter(isName)).toEqual(["shop", "shop_2"]);
  expect(vaultName("shop", "password")).toBe("shop_password");
  const long = ["one", "two"].map((end) => vaultName("a".repeat(41), `header.X-Very-Long-Name-${end}`));
  expect(new Set(long).size).toBe(2);
  expect(long.every((name) => /^[a-z][a-z0-9_]{0,59}$/.test(name))).toBe(true);
});
