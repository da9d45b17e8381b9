import { expect, test } from "vitest";
import { snippet, ways } from "./snippets";

test("every way names the address and the key", () => {
  for (const way of ways) {
    const text = snippet(way, "https://data.example", "lsw_KEY");
    expect(text).toContain("https://data.example");
    expect(text).toContain("lsw_KEY");
  }
});
