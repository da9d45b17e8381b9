import { screen } from "@testing-library/react";
import { Route, Routes, useLocation } from "react-router";
import { expect, test } from "vitest";
import { answer, show } from "@/test/render";
import { MovedForm } from "./MovedForm";

function Form() {
  return <p>form {useLocation().search}</p>;
}

const routes = (
  <Routes>
    <Route path="metrics/new-metric" element={<Form />} />
    <Route path="metrics/:name" element={<MovedForm plural="metrics" form="/metrics/new-metric"><p>page</p></MovedForm>} />
  </Routes>
);

test("links to a form from when it stood at the name new lead to it, with what they say", async () => {
  answer({});
  await show(routes, [], "/metrics/new?dataset=orders");
  expect(await screen.findByText("form ?dataset=orders")).toBeTruthy();
});

test("what is called new has its page", async () => {
  answer({ "GET /metrics/new": { metadata: { name: "new" }, spec: {} } });
  await show(routes, [], "/metrics/new");
  expect(await screen.findByText("page")).toBeTruthy();
});

test("of other names nothing is asked", async () => {
  const calls = answer({});
  await show(routes, [], "/metrics/revenue");
  expect(await screen.findByText("page")).toBeTruthy();
  expect(calls).toEqual([]);
});
