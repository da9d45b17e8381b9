import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { nextDiagnostic, previousDiagnostic } from "@codemirror/lint";
import { Annotation, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// What both editors share: the look of the page, and its keys. Tab leaves the
// editor as it leaves any field.

const look = EditorView.theme({
  "&": { color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "20px" },
  ".cm-content": { caretColor: "var(--text)" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "var(--accent-soft)" },
  ".cm-gutters": { backgroundColor: "var(--surface-2)", color: "var(--text-3)", border: "0" },
  ".cm-activeLineGutter": { backgroundColor: "var(--line)" },
  ".cm-lintRange": { backgroundImage: "none", textDecorationLine: "underline", textDecorationStyle: "wavy", textDecorationSkipInk: "none", textUnderlineOffset: "3px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--red)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--watch)" },
  ".cm-tooltip": { border: "1px solid var(--line-strong)", borderRadius: "var(--radius)", backgroundColor: "var(--surface)", color: "var(--text)", maxWidth: "min(420px, calc(100vw - 24px))", zIndex: "30" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", fontSize: "0.8125rem", maxHeight: "15em", minWidth: "200px", maxWidth: "min(420px, calc(100vw - 24px))" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { display: "flex", gap: "12px", padding: "4px 10px", lineHeight: "20px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--accent-soft)", color: "var(--text)" },
  ".cm-completionLabel": { flex: "none" },
  ".cm-completionDetail": { marginLeft: "auto", color: "var(--text-3)", fontFamily: "var(--font)", fontStyle: "normal", overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" },
  ".cm-tooltip.cm-completionInfo": { padding: "8px 12px", fontSize: "0.75rem" },
  ".cm-tooltip .cm-diagnostic": { borderLeft: "0", padding: "6px 10px" },
  ".cm-tooltip-hover": { padding: "0" },
  ".cm-diagnosticAction": { backgroundColor: "var(--accent)", color: "var(--on-accent)", borderRadius: "4px", font: "inherit" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.bool, tags.null, tags.operatorKeyword], color: "var(--s4)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--green)" },
  { tag: [tags.number, tags.literal], color: "var(--s2)" },
  { tag: [tags.function(tags.variableName), tags.definition(tags.propertyName), tags.propertyName], color: "var(--accent)" },
  { tag: [tags.comment, tags.punctuation, tags.separator], color: "var(--text-3)" },
]);

export interface Labelled {
  /** Ids of the elements that name and describe the editor. */
  labelledBy?: string;
  label?: string;
  describedBy?: string;
}

/** Marks a text that came from the page, which need not hear of it again. */
const given = Annotation.define<true>();

/** Extensions of both editors. `changed` hears each new text that was written here. */
export function base(attributes: Labelled, changed: (text: string) => void, phrases: Record<string, string>): Extension[] {
  // The tab index says what browsers know and checkers of pages do not: one can get in by keyboard, and scroll.
  const named: Record<string, string> = { tabindex: "0", spellcheck: "false", autocorrect: "off", autocapitalize: "off" };
  if (attributes.labelledBy !== undefined) named["aria-labelledby"] = attributes.labelledBy;
  if (attributes.label !== undefined) named["aria-label"] = attributes.label;
  if (attributes.describedBy !== undefined) named["aria-describedby"] = attributes.describedBy;
  return [
    look,
    syntaxHighlighting(colours),
    history(),
    closeBrackets(),
    EditorState.phrases.of(phrases),
    EditorView.contentAttributes.of(named),
    EditorView.updateListener.of((update) => {
      if (update.docChanged && !update.transactions.some((t) => t.annotation(given))) changed(update.state.doc.toString());
    }),
    keymap.of([...completionKeymap, ...closeBracketsKeymap, ...historyKeymap, { key: "F8", run: nextDiagnostic }, { key: "Shift-F8", run: previousDiagnostic }]),
  ];
}

/** The usual keys, behind those of an editor's own. */
export const usualKeys = keymap.of(defaultKeymap);

/** Puts another text in place of what is there, as one step of undoing; nothing when it is the same. */
export function setText(view: EditorView, text: string): void {
  const now = view.state.doc.toString();
  if (now !== text) view.dispatch({ changes: { from: 0, to: now.length, insert: text }, annotations: given.of(true) });
}

/** Lets whoever writes in the plain field, for which the editor comes, go on in it at the same place. */
export function takeOver(view: EditorView, parent: HTMLElement): void {
  const plain = parent.querySelector("textarea");
  if (plain === null || plain !== document.activeElement) return;
  const within = (at: number) => Math.min(at, view.state.doc.length);
  view.dispatch({ selection: { anchor: within(plain.selectionStart), head: within(plain.selectionEnd) } });
  view.focus();
}
