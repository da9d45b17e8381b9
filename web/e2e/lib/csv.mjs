// Reads files for tests, apart from anything that the program does.
import { readFileSync } from "node:fs";

/** The rows of a CSV file as objects; an empty field is null. Quotes stand around whole fields. */
export function readCsv(path) {
  const [header, ...lines] = readFileSync(path, "utf8").split(/\r?\n/).filter((line) => line !== "").map(fields);
  return lines.map((cells) => Object.fromEntries(header.map((name, i) => [name, cells[i] === "" ? null : cells[i]])));
}

function fields(line) {
  const out = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y;
  for (let end = ","; end === ","; ) {
    const [, quoted, plain, comma] = field.exec(line) ?? assertRead(line);
    out.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    end = comma;
  }
  return out;
}

function assertRead(line) {
  throw new Error(`no line of CSV: ${line.slice(0, 200)}`);
}
