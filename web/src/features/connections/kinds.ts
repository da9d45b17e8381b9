// What each type of connection asks for, as one description that the form is
// drawn from. The words beside the fields are in the strings of the area, under
// field.* and stream.*; what is right is the server's to say.
import type { Values } from "./values";

export type FieldKind = "text" | "number" | "choice" | "list" | "code" | "pairs" | "secret" | "longSecret" | "secretPairs";

export const isSecret = (kind: FieldKind) => kind === "secret" || kind === "longSecret";

export interface FieldDef {
  /** Where the value is in the definition, such as auth.type. */
  path: string;
  kind: FieldKind;
  required?: boolean;
  placeholder?: string;
  /** Shown only on request. */
  more?: boolean;
  /** Of a choice; "" is for what counts when nothing is said. */
  options?: readonly string[];
  /** Shown, and kept, only then. */
  when?: (values: Values) => boolean;
  /** Takes the whole width. */
  wide?: boolean;
}

const one =
  (path: string, ...wanted: string[]) =>
  (values: Values) =>
    wanted.includes(String(values[path] ?? ""));

const tls: FieldDef = { path: "tls", kind: "choice", options: ["", "unverified", "off"], more: true };
const ca: FieldDef = { path: "ca", kind: "longSecret", more: true, wide: true };
const database: FieldDef = { path: "database", kind: "text", placeholder: "shop" };

const server = (port: string, where: FieldDef): FieldDef[] => [
  { path: "host", kind: "text", required: true, placeholder: "db.example" },
  { path: "port", kind: "number", placeholder: port },
  where,
  { path: "user", kind: "text", required: true, placeholder: "reader" },
  { path: "password", kind: "secret" },
  tls,
  ca,
  { path: "timeout", kind: "text", placeholder: "1 minute", more: true },
  { path: "ttl", kind: "text", placeholder: "1 minute", more: true },
];

const folder = (placeholder: string, required: boolean): FieldDef => ({ path: "path", kind: "text", placeholder, required });

/** How a file shows that it is whole. */
const whole: FieldDef[] = [
  { path: "settled", kind: "text", placeholder: "10 seconds", more: true },
  { path: "done", kind: "text", placeholder: ".ok", more: true },
];

/** How requests over HTTP say who asks. */
const auth: FieldDef[] = [
  { path: "auth.type", kind: "choice", options: ["", "bearer", "header", "basic", "oauth2"] },
  { path: "auth.header", kind: "text", required: true, placeholder: "X-Api-Key", when: one("auth.type", "header") },
  { path: "auth.token", kind: "secret", required: true, when: one("auth.type", "bearer", "header") },
  { path: "auth.tokenURL", kind: "text", required: true, placeholder: "https://login.example/token", when: one("auth.type", "oauth2") },
  { path: "user", kind: "text", required: true, when: one("auth.type", "basic", "oauth2") },
  { path: "password", kind: "secret", when: one("auth.type", "basic", "oauth2") },
  { path: "auth.scopes", kind: "list", placeholder: "read", when: one("auth.type", "oauth2") },
];

/** The types in the order in which they are offered. */
export const kinds: Record<string, FieldDef[]> = {
  postgres: server("5432", database),
  mysql: server("3306", database),
  sqlserver: server("1433", database),
  clickhouse: server("8123", database),
  trino: server("8080", { ...database, placeholder: "hive" }),
  rest: [
    { path: "url", kind: "text", required: true, placeholder: "https://api.example/v2", wide: true },
    ...auth,
    { path: "headers", kind: "pairs", more: true, wide: true },
    { path: "secretHeaders", kind: "secretPairs", more: true, wide: true },
    ca,
  ],
  sheet: [{ path: "url", kind: "text", required: true, placeholder: "https://docs.google.com/spreadsheets/d/…/edit", wide: true }, ...auth.map((f) => ({ ...f, more: true })), ca],
  kafka: [
    { path: "hosts", kind: "list", required: true, placeholder: "a.example:9092, b.example:9092", wide: true },
    { path: "user", kind: "text", placeholder: "reader" },
    { path: "password", kind: "secret" },
    { path: "mechanism", kind: "choice", options: ["", "scram-sha-256", "scram-sha-512"], when: (v) => v["user"] !== "" },
    tls,
    ca,
  ],
  mqtt: [
    { path: "host", kind: "text", required: true, placeholder: "broker.example" },
    { path: "port", kind: "number", placeholder: "8883" },
    { path: "user", kind: "text", placeholder: "reader" },
    { path: "password", kind: "secret" },
    { ...tls, more: false },
    ca,
  ],
  folder: [folder("/data/in", true), ...whole],
  sftp: [
    { path: "host", kind: "text", required: true, placeholder: "files.example" },
    { path: "port", kind: "number", placeholder: "22" },
    { path: "user", kind: "text", required: true, placeholder: "reader" },
    { path: "password", kind: "secret" },
    { path: "hostKey", kind: "text", required: true, placeholder: "ssh-ed25519 AAAA…" },
    folder("/exports", false),
    { path: "key", kind: "longSecret", more: true, wide: true },
    ...whole,
  ],
  s3: [
    { path: "host", kind: "text", placeholder: "s3.amazonaws.com" },
    { path: "bucket", kind: "text", required: true, placeholder: "company-data" },
    { path: "region", kind: "text", placeholder: "cn-north-1" },
    { path: "user", kind: "text", required: true, placeholder: "AKIA…" },
    { path: "password", kind: "secret" },
    folder("exports", false),
    { path: "port", kind: "number", more: true },
    tls,
    ca,
    { path: "done", kind: "text", placeholder: ".ok", more: true },
  ],
};

/** What is asked of a list of an interface; the parts stand under headings of their own. */
export const streamParts: Record<"request" | "answer" | "pages" | "since", FieldDef[]> = {
  request: [
    { path: "name", kind: "text", required: true, placeholder: "leads" },
    { path: "path", kind: "text", placeholder: "leads" },
    { path: "query", kind: "pairs", more: true, wide: true },
    { path: "method", kind: "choice", options: ["", "POST"], more: true },
    { path: "body", kind: "code", placeholder: '{"status": "all"}', more: true, wide: true, when: one("method", "POST") },
  ],
  answer: [
    { path: "records", kind: "text", placeholder: "data.items" },
    { path: "key", kind: "list", placeholder: "id" },
  ],
  pages: [
    { path: "page.type", kind: "choice", options: ["", "page", "offset", "cursor", "link"] },
    { path: "page.param", kind: "text", required: true, placeholder: "page", when: one("page.type", "page", "offset", "cursor") },
    { path: "page.next", kind: "text", required: true, placeholder: "next_cursor", when: one("page.type", "cursor") },
    { path: "page.next", kind: "text", placeholder: "next", when: one("page.type", "link") },
    { path: "page.size", kind: "number", placeholder: "100", when: one("page.type", "page", "offset", "cursor", "link") },
    { path: "page.sizeParam", kind: "text", placeholder: "per_page", when: one("page.type", "page", "offset", "cursor", "link") },
    { path: "page.first", kind: "number", placeholder: "1", when: one("page.type", "page") },
  ],
  since: [
    { path: "since.param", kind: "text", placeholder: "updated_after" },
    { path: "since.format", kind: "choice", options: ["", "date", "unix", "milliseconds", "number"], when: (v) => v["since.param"] !== "" },
  ],
};

export const streamFields: FieldDef[] = Object.values(streamParts).flat();

/** Types whose rows can be asked where they are. */
export const direct = new Set(["postgres", "mysql", "clickhouse", "trino"]);

/** Types whose tables are files: what is in them is found by looking into one. */
export const ofFiles = new Set(["folder", "sftp", "s3", "sheet"]);

/** Types whose tables are topics with messages. */
export const ofTopics = new Set(["kafka", "mqtt"]);

/** What can be read there is called differently. */
export const wordsOf = (type: string) => (ofFiles.has(type) ? "files" : ofTopics.has(type) ? "topics" : type === "rest" ? "lists" : "tables");
