import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { ApiError } from "@/api/client";
import { show } from "@/test/render";
import { ErrorState } from "./States";

test("what is not there leads back to its list", async () => {
  const gone = new ApiError({ status: 404, detail: "there is no Connection named shop" });
  const first = await show(<ErrorState error={gone} />, [], "/data/connections/shop");
  expect(screen.getByRole("link", { name: "Back to Connections" }).getAttribute("href")).toBe("/data/connections");
  first.unmount();
  await show(<ErrorState error={gone} />, [], "/nowhere");
  expect(screen.getByRole("link", { name: "To the North Star" }).getAttribute("href")).toBe("/");
});
