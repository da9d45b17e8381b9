// A derived metric's expression as a tree, so that it can be typeset. Only
// arithmetic is understood; anything else is shown as it was written.

export type Formula =
  | { kind: "name"; name: string }
  | { kind: "number"; text: string }
  | { kind: "op"; op: "+" | "-" | "*" | "/"; left: Formula; right: Formula }
  | { kind: "minus"; of: Formula }
  | { kind: "call"; name: string; args: Formula[] };

type Token = { kind: "name" | "number" | "sign"; text: string };

function tokens(source: string): Token[] | null {
  const out: Token[] = [];
  const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*|`(?:[^`]|``)+`)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([-+*/(),]))/y;
  while (pattern.lastIndex < source.trimEnd().length) {
    const match = pattern.exec(source);
    if (match === null) return null;
    const [, name, number, sign] = match;
    if (name !== undefined) out.push({ kind: "name", text: name.startsWith("`") ? name.slice(1, -1).replaceAll("``", "`") : name });
    else if (number !== undefined) out.push({ kind: "number", text: number });
    else out.push({ kind: "sign", text: sign ?? "" });
  }
  return out;
}

/** The tree of an arithmetic expression; null when it is something else. */
export function parseFormula(source: string): Formula | null {
  const list = tokens(source);
  if (list === null || list.length === 0) return null;
  let at = 0;
  const sign = (text: string) => list[at]?.kind === "sign" && list[at]?.text === text;
  class Other extends Error {}

  const atom = (): Formula => {
    const token = list[at];
    if (token === undefined) throw new Other();
    if (sign("(")) {
      at++;
      const inner = sum();
      if (!sign(")")) throw new Other();
      at++;
      return inner;
    }
    if (sign("-")) {
      at++;
      return { kind: "minus", of: atom() };
    }
    if (token.kind === "sign") throw new Other();
    at++;
    if (token.kind === "number") return { kind: "number", text: token.text };
    if (!sign("(")) return { kind: "name", name: token.text };
    at++;
    const args: Formula[] = [];
    while (!sign(")")) {
      args.push(sum());
      if (sign(",")) at++;
      else if (!sign(")")) throw new Other();
    }
    at++;
    return { kind: "call", name: token.text, args };
  };
  const product = (): Formula => {
    let left = atom();
    while (sign("*") || sign("/")) {
      const op = list[at++]?.text === "*" ? "*" : "/";
      left = { kind: "op", op, left, right: atom() };
    }
    return left;
  };
  const sum = (): Formula => {
    let left = product();
    while (sign("+") || sign("-")) {
      const op = list[at++]?.text === "+" ? "+" : "-";
      left = { kind: "op", op, left, right: product() };
    }
    return left;
  };

  try {
    const tree = sum();
    return at === list.length ? tree : null;
  } catch (error) {
    if (error instanceof Other) return null;
    throw error;
  }
}

/** Every name in a tree, each once. */
export function namesIn(tree: Formula): string[] {
  switch (tree.kind) {
    case "name":
      return [tree.name];
    case "number":
      return [];
    case "minus":
      return namesIn(tree.of);
    case "call":
      return [...new Set(tree.args.flatMap(namesIn))];
    case "op":
      return [...new Set([...namesIn(tree.left), ...namesIn(tree.right)])];
  }
}

const written: Record<string, string> = { "*": "×", "-": "−", "/": "÷" };

/** Arithmetic with the titles of its columns; anything else as it was written. */
export function inWords(source: string, title: (column: string) => string): string {
  if (parseFormula(source) === null) return source;
  return source.replaceAll(/`(?:[^`]|``)+`|[A-Za-z_]\w*(?!\w|\s*\()|[-*/]/g, (piece) => written[piece] ?? title(piece.startsWith("`") ? piece.slice(1, -1).replaceAll("``", "`") : piece));
}
