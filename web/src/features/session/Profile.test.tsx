import { fireEvent, screen, waitFor } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "@/api/hooks";
import type { Session } from "@/api/types";
import { answer, show } from "@/test/render";
import { Profile } from "./Profile";

const session: Session = { setupRequired: false, setupCodeRequired: false, user: { name: "mei", title: "Mei", role: "editor" }, workspace: { zone: "UTC" }, demo: false, people: [], version: "0" };

function Page() {
  const { data } = useQuery(sessionQuery);
  return data === undefined ? null : <Profile onClose={() => undefined} />;
}

it("changes the password only when the new one was typed twice", async () => {
  // jsdom draws no modal dialogs.
  HTMLDialogElement.prototype.showModal ??= vi.fn();
  HTMLDialogElement.prototype.close ??= vi.fn();
  const calls = answer({ "GET /session": session, "PUT /profile/password": session });
  await show(<Page />, ["session"]);
  const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
  await screen.findByLabelText("Current password");
  type("Current password", "the old words");
  type("New password", "correct horse 9");
  type("Password once more", "correct horse");
  const form = screen.getByLabelText("New password").closest("form") ?? document.body;
  fireEvent.submit(form);
  expect(screen.getByText("The two passwords differ")).toBeTruthy();
  expect(calls.filter((c) => c.method === "PUT")).toEqual([]);

  type("Password once more", "correct horse 9");
  fireEvent.submit(form);
  await waitFor(() => expect(calls.find((c) => c.method === "PUT")?.body).toEqual({ current: "the old words", new: "correct horse 9" }));
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Current password").value).toBe(""));
});
