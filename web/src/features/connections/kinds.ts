// What each type of connection asks for. The words beside the fields are in
// the strings of the area, under field.*; what is right is the server's to say.

export type FieldKind = "text" | "number" | "secret" | "long" | "tls";

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

/** The types in the order in which they are offered. */
export const kinds: Record<string, FieldDef[]> = {
  postgres: server("5432", database),
  mysql: server("3306", database),
  clickhouse: server("8123", database),
  trino: server("8080", { ...database, placeholder: "hive" }),
};

/** Types whose rows can be asked where they are. */
export const direct = new Set(["postgres", "mysql", "clickhouse", "trino"]);
