import { expect, it } from "vitest";
import { toCsv } from "./ChartFrame";

it("writes CSV that no spreadsheet runs", () => {
  const text = toCsv([
    ["名称", "value"],
    ["=1+1", 2],
    ['a "b", c', null],
    ["-x", -3],
  ]);
  expect(text).toBe("\ufeff名称,value\r\n'=1+1,2\r\n\"a \"\"b\"\", c\",\r\n'-x,-3\r\n");
});
