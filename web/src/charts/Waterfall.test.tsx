import { fireEvent, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";
import { show } from "@/test/render";
import { Waterfall } from "./Waterfall";

const base = { title: "Why", from: { name: "Before", value: 100 }, to: { name: "Now", value: 130 }, measure: {}, direction: "up", fileName: "x" };

it("opens parts that can be opened, and shows all as a table", async () => {
  const onOpen = vi.fn();
  await show(<Waterfall {...base} steps={[{ key: "a", name: "Visits", contribution: 40, share: 4 / 3, onOpen }, { key: "r", name: "Residual", contribution: -10, share: null, rest: true }]} />);
  fireEvent.click(screen.getByRole("button", { name: /Visits/ }));
  expect(onOpen).toHaveBeenCalledOnce();
  expect(screen.queryByRole("button", { name: /Residual/ })).toBeNull();
  expect(screen.getByText(/the largest part is Visits with \+40/)).toBeTruthy();

  fireEvent.click(screen.getByRole("button", { name: "See as table" }));
  const rows = screen.getAllByRole("row").map((row) => row.textContent);
  expect(rows).toEqual(["PartContributionShare of the change", "Before100", "Visits+40133.3%", "Residual−10—", "Now130"]);
});

it("judges a fall as good where less is better", async () => {
  const { container } = await show(<Waterfall {...base} direction="down" steps={[{ key: "a", name: "Complaints", contribution: -5, share: 1 }]} />);
  expect(container.querySelector('[data-tone="good"]')).not.toBeNull();
});
