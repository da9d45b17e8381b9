import type { Step } from "./yaml";

// What a JSON Schema says of a place in a definition.

export interface Schema {
  $ref?: string;
  description?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  type?: string | string[];
  required?: string[];
  definitions?: Record<string, Schema>;
}

/** The forms that a schema allows, references followed. */
function forms(root: Schema, schema: Schema, depth = 0): Schema[] {
  if (depth > 20) return [];
  const to = schema.$ref === undefined ? undefined : root.definitions?.[schema.$ref.replace("#/definitions/", "")];
  const inner = [...(to === undefined ? [] : [to]), ...(schema.oneOf ?? []), ...(schema.anyOf ?? []), ...(schema.allOf ?? [])];
  return [schema, ...inner.flatMap((s) => forms(root, s, depth + 1))];
}

/** The schemas that hold at a path; empty for a place that is not known. */
export function schemasAt(root: Schema, path: readonly Step[]): Schema[] {
  let at = forms(root, root);
  for (const step of path) {
    const next = at.flatMap((s) => {
      if (typeof step === "number") return s.items === undefined ? [] : [s.items];
      const own = s.properties?.[step];
      if (own !== undefined) return [own];
      return typeof s.additionalProperties === "object" ? [s.additionalProperties] : [];
    });
    at = next.flatMap((s) => forms(root, s));
  }
  return at;
}

/** Descriptions hold both languages, English first. */
export function described(text: string | undefined, lang: string): string {
  if (text === undefined) return "";
  const [en = "", zh] = text.split("\n\n");
  return lang.startsWith("zh") ? (zh ?? en) : en;
}

export interface Key {
  name: string;
  doc: string;
  /** What it holds continues on lines of its own. */
  nested: boolean;
}

/** The keys of the mapping at a path; those that have to be there first. */
export function keysAt(root: Schema, path: readonly Step[], lang: string): Key[] {
  const keys = new Map<string, Key & { needed: boolean }>();
  for (const s of schemasAt(root, path)) {
    for (const [name, inner] of Object.entries(s.properties ?? {})) {
      const all = forms(root, inner);
      keys.set(name, {
        name,
        doc: described(all.find((f) => f.description !== undefined)?.description, lang),
        nested: all.every((f) => f.type !== "string" && !Array.isArray(f.type) && f.enum === undefined && f.const === undefined) && all.some((f) => f.properties !== undefined || f.items !== undefined || f.type === "object"),
        needed: s.required?.includes(name) === true || keys.get(name)?.needed === true,
      });
    }
  }
  return [...keys.values()].toSorted((a, b) => Number(b.needed) - Number(a.needed) || a.name.localeCompare(b.name));
}

/** The words that can stand at a path. */
export function valuesAt(root: Schema, path: readonly Step[]): string[] {
  const words = schemasAt(root, path).flatMap((s) => [...(s.enum ?? []), ...(s.const === undefined ? [] : [s.const]), ...(s.type === "boolean" ? [true, false] : [])]);
  return [...new Set(words.map(String))];
}

/** What is said of a path, in one language. */
export const docAt = (root: Schema, path: readonly Step[], lang: string) => described(schemasAt(root, path).find((s) => s.description !== undefined)?.description, lang);
