import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Session } from "@/api/types";
import { answer, Failure, show } from "@/test/render";
import { FirstRun } from "./FirstRun";
import { SignIn } from "./SignIn";

const session: Session = { setupRequired: false, setupCodeRequired: false, user: null, workspace: { zone: "UTC" }, demo: false, people: [], version: "0" };

it("says why signing in failed and keeps what was typed", async () => {
  const calls = answer({ "POST /session": new Failure(401, "user name or password is wrong") });
  await show(<SignIn session={session} />, ["session"]);
  fireEvent.change(screen.getByLabelText("User name"), { target: { value: "mei" } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: "nope" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  expect((await screen.findByRole("alert")).textContent).toBe("user name or password is wrong");
  expect(calls.at(-1)).toEqual({ method: "POST", path: "/session", body: { name: "mei", password: "nope" } });
  expect(screen.getByLabelText<HTMLInputElement>("User name").value).toBe("mei");
});

it("sets nothing up while the passwords are short or differ", async () => {
  const calls = answer({ "POST /setup": session });
  await show(<FirstRun session={{ ...session, setupRequired: true, setupCodeRequired: true }} />, ["session"]);
  const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
  type("Your name", "Mei");
  type("User name for signing in", "mei.lin");
  type("Set-up code", "1234");
  type("Password", "short");
  type("Password once more", "other");
  fireEvent.submit(screen.getByLabelText("Password").closest("form") ?? document.body);
  expect(screen.getByText("Take at least 10 characters")).toBeTruthy();
  expect(screen.getByText("The two passwords differ")).toBeTruthy();
  expect(calls).toEqual([]);

  type("Password", "correct horse 9");
  type("Password once more", "correct horse 9");
  fireEvent.submit(screen.getByLabelText("Password").closest("form") ?? document.body);
  await waitFor(() => expect(calls.length).toBe(1));
  expect(calls[0]?.body).toMatchObject({ name: "mei.lin", title: "Mei", code: "1234", lang: "en", weekStart: "monday" });
});
