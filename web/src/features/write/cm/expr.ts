import { acceptCompletion, autocompletion, closeCompletion, completionStatus, startCompletion, type Completion } from "@codemirror/autocomplete";
import { StreamLanguage } from "@codemirror/language";
import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { offersAt, type Offer, type Source } from "../complete";
import { base, setText, takeOver, usualKeys, type Labelled } from "./base";

// The editor of one expression: a field that grows with what is written.

export interface Underline {
  from: number;
  to: number;
  severity: "error" | "warning";
  message: string;
}

export interface ExprEditor {
  set: (text: string) => void;
  underline: (marks: readonly Underline[]) => void;
  /** Puts a text in place of a part, and the cursor behind it. */
  replace: (from: number, to: number, text: string) => void;
  focus: () => void;
  end: () => void;
}

export interface ExprOptions extends Labelled {
  parent: HTMLElement;
  text: string;
  readOnly: boolean;
  phrases: Record<string, string>;
  source: () => Source;
  /** What an offer is, in the person's language: shown behind it, and beside the list. */
  words: (offer: Offer) => { detail: string; info: string };
  changed: (text: string) => void;
}

const words = /^(?:and|or|not|in|is|null|like|between|case|when|then|else|end|true|false|date|timestamp|cast|try_cast)\b/i;

const language = StreamLanguage.define({
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^'(?:[^']|'')*'?/)) return "string";
    if (stream.match(/^\d+(?:\.\d+)?(?:e[+-]?\d+)?/i)) return "number";
    if (stream.match(words)) return "keyword";
    if (stream.match(/^[\p{L}_][\p{L}\p{N}_]*(?=\s*\()/u)) return "variableName.function";
    if (stream.match(/^`(?:[^`]|``)*`?/) || stream.match(/^[\p{L}_][\p{L}\p{N}_]*/u)) return "variableName";
    stream.next();
    return "operator";
  },
  languageData: { closeBrackets: { brackets: ["(", "'", "`"] } },
});

const shapes: Record<Offer["kind"], string> = { column: "property", dimension: "property", relationship: "namespace", metric: "variable", input: "variable", function: "function", keyword: "keyword", value: "text" };

function completion(offer: Offer, { detail, info }: { detail: string; info: string }): Completion {
  return {
    label: offer.label,
    detail,
    info: info === "" ? undefined : () => {
      const note = document.createElement("div");
      note.textContent = info;
      return note;
    },
    type: shapes[offer.kind],
    apply: (view, _, from, to) => {
      view.dispatch({ changes: { from, to, insert: offer.insert }, selection: { anchor: from + (offer.caret ?? offer.insert.length) }, userEvent: "input.complete" });
      if (offer.kind === "relationship") startCompletion(view);
    },
  };
}

export function exprEditor(o: ExprOptions): ExprEditor {
  const complete = autocompletion({
    icons: false,
    activateOnTypingDelay: 60,
    override: [
      async (context) => {
        const found = await offersAt(context.state.doc.toString(), context.pos, o.source(), context.explicit);
        if (found === null || context.aborted || found.offers.length === 0) return null;
        return { from: found.from, to: found.to, filter: false, options: found.offers.map((offer) => completion(offer, o.words(offer))) };
      },
    ],
  });
  const view = new EditorView({
    parent: o.parent,
    state: EditorState.create({
      doc: o.text,
      extensions: [
        Prec.high(
          keymap.of([
            { key: "Tab", run: acceptCompletion },
            // Escape closes the list and not what the field stands in.
            { key: "Escape", run: closeCompletion, stopPropagation: false },
          ]),
        ),
        base(o, o.changed, o.phrases),
        usualKeys,
        complete,
        language,
        EditorView.lineWrapping,
        EditorState.readOnly.of(o.readOnly),
        EditorView.editable.of(!o.readOnly),
        EditorView.domEventHandlers({
          keydown: (event, at) => {
            if (event.key === "Escape" && completionStatus(at.state) !== null) event.stopPropagation();
            return false;
          },
        }),
        EditorView.contentAttributes.of({ "aria-multiline": "true" }),
      ],
    }),
  });
  takeOver(view, o.parent);
  return {
    set: (text) => setText(view, text),
    underline: (marks) => {
      const size = view.state.doc.length;
      const shown = marks.map((m): Diagnostic => {
        const to = Math.min(size, Math.max(m.to, m.from + 1));
        return { from: Math.max(0, Math.min(m.from, to - 1)), to, severity: m.severity, message: m.message };
      });
      view.contentDOM.setAttribute("aria-invalid", String(marks.some((m) => m.severity === "error")));
      view.dispatch(setDiagnostics(view.state, size === 0 ? [] : shown));
    },
    replace: (from, to, text) => {
      view.dispatch({ changes: { from, to, insert: text }, selection: { anchor: from + text.length }, userEvent: "input" });
      view.focus();
    },
    focus: () => view.focus(),
    end: () => view.destroy(),
  };
}
