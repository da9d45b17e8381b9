import { expect, it } from "vitest";
import { missOf } from "./rollups";

it.each([
  ["behind", "behind", ""],
  ["it is not split by store.region", "split", "store.region"],
  ["it is not split by time", "time", ""],
  ["it does not hold sum(amount)", "holds", "sum(amount)"],
  ["it is split by days of another time zone", "zone", ""],
  ["its weeks or years begin at another time", "zone", ""],
  ["its periods are longer than a day", "time", ""],
  ["the range ends inside one of its periods", "range", ""],
  ["balances need rows", "rows", ""],
])("a miss because %s", (reason, why, of) => expect(missOf(reason)).toEqual({ why, of }));
