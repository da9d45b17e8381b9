import { useTranslation } from "react-i18next";
import { Checkbox, Select, Table, type Column } from "@/ui";
import styles from "./connections.module.css";

export interface SeenColumn {
  /** What it is called here. */
  name: string;
  /** What it is called there, when that is something else. */
  source?: string;
  type: string;
  native?: string;
}

/** The types that a column can be given. */
export const columnTypes = ["string", "integer", "decimal", "float", "boolean", "date", "timestamp"] as const;

/** What is at a path of a record: a name that has dots itself comes first. */
export function dig(record: unknown, path: string): unknown {
  if (typeof record !== "object" || record === null) return undefined;
  const fields = record as Record<string, unknown>;
  if (path in fields) return fields[path];
  const dot = path.indexOf(".");
  return dot < 0 ? undefined : dig(fields[path.slice(0, dot)], path.slice(dot + 1));
}

/** The first value that a column has in the records. */
export function exampleOf(records: readonly unknown[], path: string): string {
  for (const record of records) {
    const value = dig(record, path);
    if (value !== undefined && value !== null && value !== "") return typeof value === "string" ? value : JSON.stringify(value);
  }
  return "";
}

interface Props {
  label: string;
  columns: readonly SeenColumn[];
  records: readonly unknown[];
  keys: readonly string[];
  onKeys?: (keys: string[]) => void;
  /** The columns that are taken; without it all are. */
  taken?: ReadonlySet<string>;
  onTake?: (name: string, taken: boolean) => void;
  onType?: (name: string, type: string) => void;
}

/** Columns as they were seen, with what is in them; the key, and what else can be chosen. */
export function ColumnsTable({ label, columns, records, keys, onKeys, taken, onTake, onType }: Props) {
  const { t } = useTranslation("connections");
  const here = (c: SeenColumn) => taken?.has(c.name) !== false;
  const typeName = (type: string) => t(`columnType.${type}`);
  const all: Column<SeenColumn>[] = [
    {
      key: "name",
      title: t("columns.name"),
      head: true,
      cell: (c) => {
        const name = (
          <>
            <code>{c.name}</code>
            {c.source !== undefined && c.source !== c.name && <small className={styles["muted"]}> {c.source}</small>}
          </>
        );
        return onTake === undefined ? name : <Checkbox label={name} checked={here(c)} onChange={(e) => onTake(c.name, e.target.checked)} />;
      },
    },
    {
      key: "type",
      title: t("columns.type"),
      cell: (c) =>
        onType === undefined ? (
          typeName(c.type)
        ) : (
          <Select className={styles["type"]} aria-label={t("columns.typeOf", { name: c.name })} disabled={!here(c)} value={c.type} options={columnTypes.map((value) => ({ value, label: typeName(value) }))} onChange={(e) => onType(c.name, e.target.value)} />
        ),
    },
  ];
  if (columns.some((c) => c.native !== undefined && c.native !== "JSON")) all.push({ key: "native", title: t("columns.native"), cell: (c) => <small className={styles["muted"]}>{c.native}</small> });
  if (records.length > 0) all.push({ key: "example", title: t("columns.example"), cell: (c) => <span className={styles["example"]}>{exampleOf(records, c.source ?? c.name)}</span> });
  if (onKeys !== undefined) {
    all.push({
      key: "key",
      title: t("columns.key"),
      cell: (c) => <Checkbox label={<span className="sr-only">{t("columns.keyOf", { name: c.name })}</span>} disabled={!here(c)} checked={keys.includes(c.name)} onChange={(e) => onKeys(e.target.checked ? [...keys, c.name] : keys.filter((k) => k !== c.name))} />,
    });
  }
  return (
    <div className={styles["columnsTable"]}>
      <Table label={label} rows={columns} rowKey={(c) => c.name} columns={all} />
    </div>
  );
}
