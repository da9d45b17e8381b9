import { expect, test } from "vitest";
import { draftOf, emptyDraft, isName, missing, specOf, vaultName } from "./draft";

test("a draft becomes a definition that only refers to secrets", () => {
  const draft = { ...emptyDraft("postgres"), name: "shop", values: { host: " db ", port: "5433", user: "reader", timeout: "" }, secrets: { password: "hunter2" } };
  const spec = specOf(draft, undefined);
  expect(spec).toEqual({ type: "postgres", host: "db", port: 5433, user: "reader", password: { vault: "shop_password" } });
  expect(JSON.stringify(spec)).not.toContain("hunter2");
});

test("what the form does not know and secrets left empty stay", () => {
  const before = { type: "mysql", host: "db", user: "reader", database: "a", password: { env: "LODESTAR_SECRET_X" }, ca: { file: "ca.pem" } };
  const draft = draftOf({ name: "web", title: { en: "Web" } }, before);
  expect(specOf(draft, before)).toEqual(before);
  draft.values["database"] = "";
  expect(specOf(draft, before)).toEqual({ type: "mysql", host: "db", user: "reader", password: { env: "LODESTAR_SECRET_X" }, ca: { file: "ca.pem" } });
});

test("another type keeps nothing of the one before", () => {
  const draft = { ...emptyDraft("trino"), name: "x", values: { host: "t", user: "u" } };
  expect(specOf(draft, { type: "mysql", host: "db", password: { vault: "x_password" } })).toEqual({ type: "trino", host: "t", user: "u" });
});

test("required fields and names", () => {
  expect(missing(emptyDraft("postgres"))).toEqual(["host", "user"]);
  expect(["shop", "shop_2", "", "Shop", "2shop", "a__b", "a".repeat(42)].filter(isName)).toEqual(["shop", "shop_2"]);
  expect(vaultName("shop", "password")).toBe("shop_password");
});
