// The checks themselves: each finds what it is there for.
import assert from "node:assert/strict";
import { barriers, look } from "../lib/checks.mjs";
import { test } from "../lib/suite.mjs";

test("the checks see what is wrong", async (world) => {
  const { page } = await world.open("http://127.0.0.1", { lang: "zh-CN", size: "phone" });
  await page.setContent(
    `<html lang="en"><body><main><p>empty.title</p><p>Nothing found</p><p title="{{name}}">undefined</p>
    <div style="width:900px">wide</div><p style="color:#ccc;background:#fff">pale</p><img src="data:,"></main></body></html>`,
  );
  const found = (await look(page, "zh-CN")).join("\n");
  for (const part of [/lang="en"/, /px in a window/, /a key instead of a text: empty\.title/, /English on a Chinese page: Nothing found/, /a placeholder: \{\{name\}\}/, /no text: undefined/]) assert.match(found, part);
  const serious = (await barriers(page)).join("\n");
  assert.match(serious, /color-contrast/);
  assert.match(serious, /image-alt/);
});
