import { render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { Table } from "./Table";

afterEach(() => vi.restoreAllMocks());

const table = (item: boolean) => (
  <Table label="Shops" rows={["a", "b"]} rowKey={(r) => r} columns={[{ key: "name", title: "Name", cell: (r) => r }]} item={item ? (r) => <strong>shop {r}</strong> : undefined} />
);

const narrow = (is: boolean) => vi.spyOn(window, "matchMedia").mockImplementation((media) => ({ media, matches: is, addEventListener: () => {}, removeEventListener: () => {} }) as unknown as MediaQueryList);

it("is a list on a phone where it is told what a row is there", () => {
  narrow(true);
  const { rerender } = render(table(true));
  expect(screen.getByRole("list", { name: "Shops" }).textContent).toBe("shop ashop b");
  expect(screen.queryByRole("table")).toBeNull();
  rerender(table(false));
  expect(screen.getAllByRole("row")).toHaveLength(3);
});

it("is a table elsewhere", () => {
  narrow(false);
  render(table(true));
  expect(screen.getAllByRole("row")).toHaveLength(3);
  expect(screen.queryByRole("list")).toBeNull();
});
