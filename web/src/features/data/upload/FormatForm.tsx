import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileFormat } from "@/api/types";
import { Button, Notice, SelectField, TextField } from "@/ui";
import styles from "../data.module.css";
import type { Detection } from "../types";

const delimiters = [",", "tab", ";", "|", "blanks"];
const encodings = ["utf-8", "gb18030", "utf-16", "windows-1252"];

function RowField({ label, hint, value, least, onChange }: { label: string; hint: string; value: number; least: number; onChange: (value: number) => void }) {
  const [typed, setTyped] = useState(String(value));
  const commit = () => {
    const n = Number(typed);
    if (!Number.isInteger(n) || n < least) setTyped(String(value));
    else if (n !== value) onChange(n);
  };
  return <TextField label={label} hint={hint} inputMode="numeric" value={typed} onChange={(e) => setTyped(e.target.value)} onBlur={commit} onKeyDown={(e) => e.key === "Enter" && commit()} />;
}

interface Props {
  found: Detection;
  overrides: FileFormat;
  busy: boolean;
  onChange: (overrides: FileFormat) => void;
}

/** How the file is written, as detected; every part can be said otherwise. */
export function FormatForm({ found, overrides, busy, onChange }: Props) {
  const { t } = useTranslation("data");
  const { type = "csv", delimiter = "", encoding = "utf-8", header = 1, skipFooter = 0, sheet = "" } = found.format;
  const change = (part: FileFormat) => onChange({ ...overrides, ...part });
  const marks = delimiter === "" || delimiters.includes(delimiter) ? delimiters : [delimiter, ...delimiters];
  const lines = type === "csv" || type === "xlsx";
  return (
    <div className={styles["stack"]} aria-busy={busy}>
      <div className={styles["fields"]}>
        {type === "csv" && (
          <>
            <SelectField label={t("format.delimiter")} value={delimiter} onChange={(e) => change({ delimiter: e.target.value })} options={marks.map((d) => ({ value: d, label: delimiters.includes(d) ? t(`delimiter.${delimiters.indexOf(d)}`) : d }))} />
            <SelectField label={t("format.encoding")} value={encoding} onChange={(e) => change({ encoding: e.target.value })} options={encodings.map((e) => ({ value: e, label: e.toUpperCase() }))} />
          </>
        )}
        {type === "xlsx" && (found.sheets ?? []).length > 0 && (
          <SelectField label={t("format.sheet")} value={sheet} onChange={(e) => onChange({ sheet: e.target.value })} options={(found.sheets ?? []).map((s) => ({ value: s, label: s }))} />
        )}
        {lines && (
          <>
            <RowField key={`h${header}`} label={t("format.header")} hint={t("format.headerHint")} least={0} value={header} onChange={(n) => change({ header: n })} />
            <RowField key={`f${skipFooter}`} label={t("format.footer")} hint={t("format.footerHint")} least={0} value={skipFooter} onChange={(n) => change({ skipFooter: n })} />
          </>
        )}
        {!lines && <p className={styles["muted"]}>{t("format.self", { type: type.toUpperCase() })}</p>}
      </div>
      {(found.skipped ?? []).length > 0 && <Notice>{t("format.skipped", { count: found.skipped?.length ?? 0, rows: (found.skipped ?? []).map((row) => row.replace(/[,;\t|]+$/, "")).join(" / ") })}</Notice>}
      {(found.footer ?? []).length > 0 && <Notice>{t("format.footerFound", { count: found.footer?.length ?? 0, rows: (found.footer ?? []).join(" / ") })}</Notice>}
      {Object.keys(overrides).length > 0 && (
        <div>
          <Button small icon="undo" busy={busy} onClick={() => onChange({})}>
            {t("format.again")}
          </Button>
        </div>
      )}
    </div>
  );
}
