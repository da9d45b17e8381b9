import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { answer, show } from "@/test/render";
import { Denied } from "./Denied";

it("names those who can grant the right", async () => {
  const person = (name: string, role: string, disabled = false) => ({ name, title: name.toUpperCase(), role, disabled });
  answer({ "GET /users": { items: [person("mei", "admin"), person("wu", "editor"), person("old", "admin", true), person("lin", "admin")] } });
  await show(<Denied />);
  expect(await screen.findByText("They can give it to you: MEI, LIN.")).toBeTruthy();
  expect(screen.getByRole("button", { name: "Copy a request" })).toBeTruthy();
});
