import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatShort } from "@/lib/number";
import { cx, useErrorText } from "@/ui";
import { useCheck } from "./check";
import type { ExprEditor } from "./cm/expr";
import type { Offer } from "./complete";
import type { Context } from "./context";
import { unitAt } from "./place";
import { useSource } from "./source";
import styles from "./write.module.css";

interface Props {
  label: ReactNode;
  hint?: ReactNode;
  /** What the server says of the whole definition at this place. */
  error?: string;
  /** What the server has said of the expression already, where it is not asked here. */
  findings?: readonly Finding[];
  value: string;
  onChange: (value: string) => void;
  context: Context;
  readOnly?: boolean;
  placeholder?: string;
}

/** What an offer is, in words. */
function useOfferWords(): (offer: Offer) => { detail: string; info: string } {
  const { t } = useTranslation("write");
  const { pick, lang } = useText();
  return (o) => {
    const title = pick(o.title);
    if (o.kind === "function") return { detail: pick(o.doc), info: `${o.signature ?? o.label} — ${pick(o.doc)}` };
    if (o.kind === "keyword") return { detail: t("kind.keyword"), info: "" };
    if (o.kind === "value") return { detail: t("rows", { count: o.count ?? 0, rows: formatShort(o.count ?? 0, lang) }), info: "" };
    if (o.kind === "relationship") return { detail: [title, "→"].filter(Boolean).join(" "), info: t("kind.relationship", { name: title || o.label }) };
    const type = o.type === undefined || o.type === "" ? t(`kind.${o.kind}`) : o.kind === "metric" ? o.type : t(`type.${o.type}`);
    return { detail: [title === o.label ? "" : title, type].filter(Boolean).join(" · "), info: "" };
  };
}

interface Mark {
  finding: Finding;
  from: number;
  to: number;
}

const marksOf = (value: string, findings: readonly Finding[]): Mark[] =>
  findings.map((finding) => ({ finding, from: unitAt(value, finding.offset ?? 0), to: finding.end === undefined ? value.length : unitAt(value, finding.end) }));

/** The rest of the sentence is the suggestion, which stands beside it as a button. */
const bare = (text: string) => text.replace(/[；;，,]?\s*(是不是想写|did you mean)[^？?]*[？?]$/u, "");

/** A field for a formula or condition: completed and checked while it is written. */
export function ExprField({ label, hint, error, findings, value, onChange, context, readOnly = false, placeholder }: Props) {
  const { t } = useTranslation("write");
  const { pick, lang } = useText();
  const textOf = useErrorText();
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const editor = useRef<ExprEditor>(null);
  const [mounted, setMounted] = useState(false);
  const source = useSource(context);
  const words = useOfferWords();
  const { check, error: failed } = useCheck(value, context);
  const marks = useMemo(() => marksOf(value, findings ?? check?.findings ?? []), [value, findings, check]);
  const live = useRef({ source, words, onChange, value });
  useLayoutEffect(() => {
    live.current = { source, words, onChange, value };
  });

  // The editor comes with its own script; until then a plain field takes what is
  // written. What is written in it is on the page before the next key: a text that
  // came back later would put an older one in place of what was written since.
  useEffect(() => {
    let gone = false;
    let made: ExprEditor | null = null;
    import("./cm/expr").then(
      ({ exprEditor }) => {
        if (gone || frame.current === null) return;
        made = exprEditor({
          parent: frame.current,
          text: live.current.value,
          readOnly,
          labelledBy: `${id}-label`,
          describedBy: `${id}-note`,
          phrases: { Completions: t("offers") },
          source: () => live.current.source,
          words: (offer) => live.current.words(offer),
          changed: (text) => flushSync(() => live.current.onChange(text)),
        });
        editor.current = made;
        flushSync(() => setMounted(true));
      },
      () => undefined, // the plain field stays
    );
    return () => {
      gone = true;
      made?.end();
      editor.current = null;
      setMounted(false);
    };
  }, [id, readOnly, lang, t]);
  useLayoutEffect(() => editor.current?.set(value), [value, mounted]);
  useEffect(() => editor.current?.underline(marks.map(({ finding, from, to }) => ({ from, to, severity: finding.severity, message: pick(finding.text) }))), [marks, mounted, pick]);

  const first = marks.find((m) => m.finding.severity === "error") ?? marks[0];
  const bad = first?.finding.severity === "error" || (first === undefined && error !== undefined);
  const suggestion = first?.finding.suggestion ?? "";
  const means = check?.type === undefined || check.type === "null" ? "" : t("means", { type: [t(`type.${check.type}`), check.unit].filter(Boolean).join(" · ") });
  return (
    <div className={styles["field"]}>
      <label id={`${id}-label`} htmlFor={id} className={styles["label"]}>
        {label}
      </label>
      <div ref={frame} className={styles["frame"]} data-bad={bad || undefined} data-placeholder={value === "" ? placeholder : undefined}>
        {!mounted && <textarea id={id} rows={1} className={styles["plain"]} readOnly={readOnly} spellCheck={false} aria-describedby={`${id}-note`} value={value} onChange={(e) => onChange(e.target.value)} />}
      </div>
      <span id={`${id}-note`} aria-live="polite" className={cx(styles["note"], bad && styles["bad"], !bad && first !== undefined && styles["watch"])}>
        {first !== undefined ? (
          <>
            {suggestion === "" ? pick(first.finding.text) : bare(pick(first.finding.text))}
            {suggestion !== "" && (
              <button type="button" onClick={() => (editor.current === null ? onChange(value.slice(0, first.from) + suggestion + value.slice(first.to)) : editor.current.replace(first.from, first.to, suggestion))}>
                {t("instead", { suggestion })}
              </button>
            )}
          </>
        ) : (
          (error ?? (failed === null ? undefined : textOf(failed)) ?? ([means, hint].some(Boolean) && <>{means !== "" && <em>{means}</em>} {hint}</>))
        )}
      </span>
    </div>
  );
}
