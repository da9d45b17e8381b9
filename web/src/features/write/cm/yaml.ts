import { autocompletion, startCompletion, type Completion } from "@codemirror/autocomplete";
import { yaml } from "@codemirror/lang-yaml";
import { lintGutter, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { EditorView, hoverTooltip, lineNumbers } from "@codemirror/view";
import { docAt, keysAt, valuesAt, type Schema } from "../schema";
import { yamlPlace } from "../yaml";
import { base, setText, takeOver, usualKeys } from "./base";

// The editor of a definition as YAML: keys and words from its schema.

export interface YamlMark {
  from: number;
  to: number;
  severity: "error" | "warning";
  message: string;
  /** What was probably meant, and the name of the button that writes it. */
  instead?: { text: string; label: string };
}

export interface YamlEditor {
  set: (text: string) => void;
  mark: (marks: readonly YamlMark[]) => void;
  go: (line: number, column: number) => void;
  end: () => void;
}

export interface YamlOptions {
  parent: HTMLElement;
  label: string;
  text: string;
  readOnly: boolean;
  phrases: Record<string, string>;
  lang: string;
  schema: () => Schema | undefined;
  changed: (text: string) => void;
}

function note(text: string): HTMLElement {
  const box = document.createElement("div");
  box.textContent = text;
  return box;
}

const complete = (o: YamlOptions) =>
  autocompletion({
    icons: false,
    override: [
      (context) => {
        const root = o.schema();
        const source = context.state.doc.toString();
        const place = root === undefined ? null : yamlPlace(source, context.pos);
        if (root === undefined || place === null || (place.typed === "" && !context.explicit && place.kind === "key")) return null;
        const options: Completion[] =
          place.kind === "value"
            ? valuesAt(root, place.path).map((label) => ({ label, type: "enum" }))
            : keysAt(root, place.path, o.lang).map((k) => ({
                label: k.name,
                type: "property",
                detail: k.doc.split(/[;；.。]/)[0],
                info: k.doc === "" ? undefined : () => note(k.doc),
                apply: (view, _, from, to) => {
                  const insert = `${k.name}:${k.nested ? "" : " "}`;
                  const written = source.slice(to).startsWith(":") ? k.name : insert;
                  view.dispatch({ changes: { from, to, insert: written }, selection: { anchor: from + written.length }, userEvent: "input.complete" });
                  if (!k.nested) startCompletion(view);
                },
              }));
        return options.length === 0 ? null : { from: place.from, options, validFor: /^\w*$/ };
      },
    ],
  });

const hover = (o: YamlOptions) =>
  hoverTooltip((view, position) => {
    const root = o.schema();
    const text = view.state.doc.lineAt(position);
    const word = [...text.text.matchAll(/[A-Za-z_][\w.]*(?=\s*:)/g)].find((m) => text.from + m.index <= position && position <= text.from + m.index + m[0].length);
    if (root === undefined || word === undefined) return null;
    const from = text.from + word.index;
    const place = yamlPlace(view.state.doc.toString(), from);
    const doc = place?.kind === "key" ? docAt(root, [...place.path, word[0]], o.lang) : "";
    return doc === "" ? null : { pos: from, end: from + word[0].length, above: true, create: () => ({ dom: Object.assign(note(doc), { className: "cm-completionInfo" }) }) };
  });

export function yamlEditor(o: YamlOptions): YamlEditor {
  const view = new EditorView({
    parent: o.parent,
    state: EditorState.create({
      doc: o.text,
      extensions: [lineNumbers(), lintGutter(), base({ label: o.label }, o.changed, o.phrases), usualKeys, yaml(), complete(o), hover(o), EditorState.tabSize.of(2), EditorState.readOnly.of(o.readOnly), EditorView.contentAttributes.of({ "aria-multiline": "true" })],
    }),
  });
  takeOver(view, o.parent);
  return {
    set: (text) => setText(view, text),
    mark: (marks) => {
      const size = view.state.doc.length;
      const shown = marks.map(
        ({ from, to, severity, message, instead }): Diagnostic => ({
          from: Math.min(from, size),
          to: Math.min(Math.max(to, from), size),
          severity,
          message,
          actions: instead === undefined || o.readOnly ? [] : [{ name: instead.label, apply: (at, begin, end) => at.dispatch({ changes: { from: begin, to: end, insert: instead.text }, userEvent: "input" }) }],
        }),
      );
      view.dispatch(setDiagnostics(view.state, shown));
    },
    go: (line, column) => {
      const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      const position = Math.min(at.to, at.from + column - 1);
      view.dispatch({ selection: { anchor: position, head: at.to }, effects: EditorView.scrollIntoView(position, { y: "center" }) });
      view.focus();
    },
    end: () => view.destroy(),
  };
}
