// Where the cursor of a definition in YAML stands: the keys that lead there.
// Block style is read by its indents, flow style ({…}, […]) by its brackets;
// what is half written is read as far as it goes.

export type Step = string | number;

export interface YamlPlace {
  kind: "key" | "value";
  /** From the top of the document to the mapping (of a key) or to the value. */
  path: Step[];
  typed: string;
  from: number;
}

interface Level {
  indent: number;
  step: Step;
}

/** Goes on along a flow text; gives what is open at its end. */
function flow(text: string): { steps: Step[]; open: boolean; key: boolean; typed: string } {
  const open: { list: boolean; step: Step | null }[] = [];
  let word = "";
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? "";
    const top = open.at(-1);
    if (c === '"' || c === "'") {
      const end = text.indexOf(c, i + 1);
      word = text.slice(i + 1, end < 0 ? undefined : end);
      i = end < 0 ? text.length : end;
    } else if (c === "{" || c === "[") {
      open.push({ list: c === "[", step: c === "[" ? 0 : null });
      word = "";
    } else if (c === "}" || c === "]") {
      open.pop();
      word = "";
    } else if (c === ",") {
      if (top !== undefined) top.step = top.list ? Number(top.step) + 1 : null;
      word = "";
    } else if (c === ":" && top?.list === false && top.step === null) {
      top.step = word.trim();
      word = "";
    } else {
      word += c;
    }
  }
  const top = open.at(-1);
  const steps = open.flatMap((o) => (o.step === null ? [] : [o.step]));
  return { steps, open: open.length > 0, key: top?.list === false && top.step === null, typed: word.trimStart() };
}

const line = /^(\s*)((?:-\s+)*-?)(?:([A-Za-z_][\w.]*)\s*:(?:\s+|$))?(.*)$/s;

/** Puts the dashes and the key of a line on the stack. */
function enter(stack: Level[], text: string): { rest: string; keyed: boolean; column: number } {
  const [, blank = "", dashes = "", key, rest = ""] = line.exec(text) ?? [];
  let column = blank.length;
  for (const dash of dashes.matchAll(/-\s*/g)) {
    while ((stack.at(-1)?.indent ?? -1) > column) stack.pop();
    const top = stack.at(-1);
    if (top?.indent === column && typeof top.step === "number") top.step++;
    else stack.push({ indent: column, step: 0 });
    column += dash[0].length;
  }
  // The key that a line begins with stands beside those of its own indent.
  const last = () => stack.at(-1);
  while (last() !== undefined && ((last()?.indent ?? -1) > column || (last()?.indent === column && (typeof last()?.step === "string" || dashes === "")))) stack.pop();
  if (key !== undefined) stack.push({ indent: column, step: key });
  return { rest, keyed: key !== undefined, column };
}

/** Where a position is; null inside of comments and long texts. */
export function yamlPlace(source: string, position: number): YamlPlace | null {
  const before = source.slice(0, position);
  const begin = Math.max(0, ...[...before.matchAll(/^---.*\n/gm)].map((m) => m.index + m[0].length));
  const lines = before.slice(begin).split("\n");
  const current = lines.pop() ?? "";
  const stack: Level[] = [];
  let open = ""; // a flow text that goes on over lines
  let long = -1; // the indent of a key whose value is a block of text
  for (const text of lines) {
    if (open !== "") {
      open += `\n${text}`;
      if (!flow(open).open) open = "";
      continue;
    }
    const indent = text.search(/\S/);
    if (indent < 0 || text[indent] === "#" || (long >= 0 && indent > long)) continue;
    long = -1;
    const { rest, keyed, column } = enter(stack, text);
    if (keyed && /^[|>][-+\d]*\s*$/.test(rest)) long = column;
    else if (/^[{[]/.test(rest.trimStart()) && flow(rest).open) open = rest;
  }
  if (/(^|\s)#/.test(current)) return null;
  const steps = () => stack.map((l) => l.step);
  const inFlow = (text: string): YamlPlace => {
    const f = flow(text);
    return { kind: f.key ? "key" : "value", path: [...steps(), ...f.steps], typed: f.typed, from: position - f.typed.length };
  };
  if (open !== "") return inFlow(`${open}\n${current}`);
  if (long >= 0 && (current.search(/\S/) > long || current.trim() === "")) return null;
  const { rest, keyed } = enter(stack, current);
  if (/^[{[]/.test(rest)) return flow(rest).open ? inFlow(rest) : null;
  if (!keyed && !/^[A-Za-z_][\w.]*$|^$/.test(rest)) return null;
  return { kind: keyed ? "value" : "key", path: steps(), typed: rest, from: position - rest.length };
}
