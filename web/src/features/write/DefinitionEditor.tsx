import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { apiText } from "@/api/client";
import { refreshAll } from "@/api/hooks";
import type { Finding, Kind, Plural } from "@/api/types";
import { useCan } from "@/app/session";
import { Button, Card, Loaded, Notice, useErrorText, useToast } from "@/ui";
import { applyText, validateText } from "./definition";
import styles from "./definition.module.css";
import { useFindingText } from "./findings";
import { YamlField, type YamlHandle } from "./YamlField";

/** Whether a finding is about the text that is edited, not about one that depends on it. */
const own = (f: Finding, name: string) => f.name === undefined || f.name === "" || f.name === name;

function Findings({ name, findings, onGo }: { name: string; findings: readonly Finding[]; onGo: (line: number, column: number) => void }) {
  const { t } = useTranslation("write");
  const words = useFindingText();
  return (
    <ul className={styles["findings"]}>
      {findings.map((f, i) => (
        <li key={i} data-severity={f.severity}>
          {own(f, name) ? (
            <button type="button" onClick={() => onGo(f.line ?? 1, f.column ?? 1)}>
              {t("code.at", { line: f.line ?? 1, column: f.column ?? 1 })}
            </button>
          ) : (
            <code>{f.name}</code>
          )}
          <span>
            {t(`code.${f.severity}`)}: {words(f)}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Editor({ kind, name, stored }: { kind: Kind; name: string; stored: string }) {
  const { t } = useTranslation("write");
  const client = useQueryClient();
  const say = useToast();
  const textOf = useErrorText();
  const editor = useCan("editor");
  const field = useRef<YamlHandle>(null);
  const [text, setText] = useState(stored);
  const [settled, setSettled] = useState(stored);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const judged = useDeferredValue(settled);
  const check = useQuery({ queryKey: ["defs", "validate", judged], queryFn: ({ signal }) => validateText(judged, signal), placeholderData: (previous) => previous });
  const save = useMutation({ mutationFn: applyText });
  const found = save.data?.applied === false ? save.data.findings : check.data?.findings;
  const findings = useMemo(() => found ?? [], [found]);
  const failed = findings.some((f) => f.severity === "error");
  const renamed = check.data?.resources?.[0] !== undefined && check.data.resources[0].name !== name;
  const edited = check.data?.resources?.[0]?.name ?? name;
  const marked = useMemo(() => findings.filter((f) => own(f, edited)), [findings, edited]);

  const change = (next: string) => {
    setText(next);
    save.reset();
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setSettled(next), 400);
  };
  const submit = async () => {
    try {
      const report = await save.mutateAsync(text);
      if (!report.applied) return;
      say(t("saved"));
      await refreshAll(client);
    } catch {
      // The mutation keeps its error, and the notice below shows it.
    }
  };

  return (
    <Card>
      <YamlField ref={field} label={t("code.label")} kind={kind} readOnly={!editor} value={text} onChange={change} findings={marked} />
      <div aria-live="polite">
        {findings.length > 0 ? <Findings name={edited} findings={findings} onGo={(line, column) => field.current?.go(line, column)} /> : check.isSuccess && <p className={styles["quiet"]}>{t("code.fine")}</p>}
        {renamed && <Notice tone="watch">{t("code.renamed", { name: check.data?.resources?.[0]?.name })}</Notice>}
        {(save.isError || check.isError) && <Notice tone="bad"><span className={styles["lines"]}>{textOf(save.error ?? check.error)}</span></Notice>}
      </div>
      {editor && (
        <div className={styles["foot"]}>
          <Button variant="primary" disabled={text === stored || failed} busy={save.isPending} onClick={() => void submit()}>
            {t("save")}
          </Button>
          <Button disabled={text === stored} onClick={() => change(stored)}>
            {t("code.revert")}
          </Button>
        </div>
      )}
    </Card>
  );
}

/** A stored definition as YAML, judged while it is typed. */
export function DefinitionEditor({ kind, plural, name }: { kind: Kind; plural: Plural; name: string }) {
  const query = useQuery({ queryKey: ["defs", plural, name, "yaml"], queryFn: () => apiText(`/${plural}/${encodeURIComponent(name)}/yaml`) });
  return <Loaded query={query}>{(text) => <Editor key={text} kind={kind} name={name} stored={text} />}</Loaded>;
}
