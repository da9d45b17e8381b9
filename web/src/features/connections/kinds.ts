// What each type of connection asks for. The words beside the fields are in
// the strings of the area, under field.*; what is right is the server's to say.

export type FieldKind = "text" | "number" | "secret" | "longSecret" | "tls";

export const isSecret = (kind: FieldKind) => kind === "secret" || kind === "longSecret";

export interface FieldDef {
  key: string;
  kind: FieldKind;
  required?: boolean;
  placeholder?: string;
  /** Shown only on request. */
  more?: boolean;
}

const server = (port: string, database: FieldDef): FieldDef[] => [
  { key: "host", kind: "text", required: true, placeholder: "db.example" },
  { key: "port", kind: "number", placeholder: port },
  database,
  { key: "user", kind: "text", required: true, placeholder: "reader" },
  { key: "password", kind: "secret" },
  { key: "tls", kind: "tls", more: true },
  { key: "timeout", kind: "text", placeholder: "1 minute", more: true },
];

const database: FieldDef = { key: "database", kind: "text", placeholder: "shop" };

const path = (placeholder: string, required: boolean): FieldDef => ({ key: "path", kind: "text", placeholder, required });

/** How a file shows that it is whole. */
const whole: FieldDef[] = [
  { key: "settled", kind: "text", placeholder: "10 seconds", more: true },
  { key: "done", kind: "text", placeholder: ".ok", more: true },
];

/** The types in the order in which they are offered. */
export const kinds: Record<string, FieldDef[]> = {
  postgres: server("5432", database),
  mysql: server("3306", database),
  clickhouse: server("8123", database),
  trino: server("8080", { ...database, placeholder: "hive" }),
  folder: [path("/data/in", true), ...whole],
  sftp: [
    { key: "host", kind: "text", required: true, placeholder: "files.example" },
    { key: "port", kind: "number", placeholder: "22" },
    { key: "user", kind: "text", required: true, placeholder: "reader" },
    { key: "password", kind: "secret" },
    { key: "hostKey", kind: "text", required: true, placeholder: "ssh-ed25519 AAAA…" },
    path("/exports", false),
    { key: "key", kind: "longSecret", more: true },
    ...whole,
  ],
  s3: [
    { key: "host", kind: "text", placeholder: "s3.amazonaws.com" },
    { key: "bucket", kind: "text", required: true, placeholder: "company-data" },
    { key: "region", kind: "text", placeholder: "cn-north-1" },
    { key: "user", kind: "text", required: true, placeholder: "AKIA…" },
    { key: "password", kind: "secret" },
    path("exports", false),
    { key: "port", kind: "number", more: true },
    { key: "tls", kind: "tls", more: true },
    { key: "done", kind: "text", placeholder: ".ok", more: true },
  ],
};

/** Types whose rows can be asked where they are. */
export const direct = new Set(["postgres", "mysql", "clickhouse", "trino"]);

/** Types whose tables are files: what is in them is found by looking into one. */
export const ofFiles = new Set(["folder", "sftp", "s3", "sheet"]);
