import { useQuery } from "@tanstack/react-query";
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import type { Finding } from "@/api/types";
import { useText } from "@/i18n/useText";
import type { YamlEditor } from "./cm/yaml";
import { partOf } from "./part";
import type { Schema } from "./schema";
import styles from "./write.module.css";

export interface YamlHandle {
  /** Goes to a place, counted from 1. */
  go: (line: number, column: number) => void;
}

interface Props {
  label: string;
  /** Which kind of definition it is, as its schema is called. */
  kind: string;
  value: string;
  onChange: (value: string) => void;
  readOnly?: boolean;
  findings: readonly Finding[];
  ref?: Ref<YamlHandle>;
}

/** The schema of a kind of definition, as the server publishes it. */
function useSchema(kind: string): Schema | undefined {
  const query = useQuery({
    queryKey: ["session", "schema", kind],
    queryFn: async ({ signal }) => {
      const response = await fetch(`/schemas/${kind}.json`, { signal });
      if (!response.ok) throw new Error(`schema ${kind}: ${response.status}`);
      return (await response.json()) as Schema;
    },
    staleTime: Infinity,
  });
  return query.data;
}

/** A definition as YAML: keys are completed and explained, and what is wrong is marked where it stands. */
export function YamlField({ label, kind, value, onChange, readOnly = false, findings, ref }: Props) {
  const { t } = useTranslation("write");
  const { pick, lang } = useText();
  const frame = useRef<HTMLDivElement>(null);
  const plain = useRef<HTMLTextAreaElement>(null);
  const editor = useRef<YamlEditor>(null);
  const [mounted, setMounted] = useState(false);
  const schema = useSchema(kind);
  const live = useRef({ value, onChange, schema });
  useLayoutEffect(() => {
    live.current = { value, onChange, schema };
  });
  useImperativeHandle(ref, () => ({ go: (line, column) => (editor.current === null ? plain.current?.focus() : editor.current.go(line, column)) }), []);
  useEffect(() => {
    let gone = false;
    let made: YamlEditor | null = null;
    import("./cm/yaml").then(
      ({ yamlEditor }) => {
        if (gone || frame.current === null) return;
        made = yamlEditor({ parent: frame.current, label, lang, text: live.current.value, readOnly, phrases: { Completions: t("offers") }, schema: () => live.current.schema, changed: (text) => flushSync(() => live.current.onChange(text)) });
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
  }, [label, lang, readOnly, t]);
  useLayoutEffect(() => editor.current?.set(value), [value, mounted]);
  useEffect(() => {
    const marks = findings.map((f) => ({
      ...partOf(live.current.value, f),
      severity: f.severity,
      message: pick(f.text),
      instead: f.suggestion === undefined || f.suggestion === "" ? undefined : { text: f.suggestion, label: t("instead", { suggestion: f.suggestion }) },
    }));
    editor.current?.mark(marks);
  }, [findings, mounted, pick, t]);
  return (
    <div ref={frame} className={styles["code"]}>
      {!mounted && <textarea ref={plain} className={styles["plain"]} aria-label={label} spellCheck={false} wrap="off" readOnly={readOnly} rows={Math.min(40, Math.max(12, value.split("\n").length + 1))} value={value} onChange={(e) => onChange(e.target.value)} />}
    </div>
  );
}
