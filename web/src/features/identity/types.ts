export interface Id {
  kind: string;
  value: string;
}

/** How well the ids of one source are known elsewhere. */
export interface SourceMatch {
  name: string;
  ids: number;
  matched: number;
  rate: number;
  links: number;
  held: number;
}

export interface Report {
  entity: string;
  at: string;
  ids: number;
  entities: number;
  links: number;
  conflicts: number;
  largest: number;
  refused: number;
  sources: SourceMatch[];
  millis: number;
  again: boolean;
}

/** A link as a source made it, and what became of it. */
export interface Claim {
  a: Id;
  b: Id;
  source: string;
  at?: string;
  seen: number;
  held: boolean;
  kind?: string;
  limit?: number;
  parted?: boolean;
}

export interface Decision {
  a: Id;
  b: Id;
  together: boolean;
  by: string;
  at: string;
  why?: string;
}

export interface Who {
  unified: string;
  ids: Id[];
  links: Claim[];
  decided: Decision[];
}

export interface IdKind {
  name: string;
  most?: number;
  normal?: string;
  nobody?: string[];
}

export interface EntityLink {
  dataset: string;
  ids: Record<string, string>;
  time?: string;
  priority?: number;
}

export interface EntitySpec {
  ids: (string | IdKind)[];
  most?: number;
  links?: EntityLink[];
}

export const kindOf = (id: string | IdKind): IdKind => (typeof id === "string" ? { name: id } : id);
export const kindsOf = (spec: EntitySpec): string[] => spec.ids.map((id) => kindOf(id).name);

/** What a definition would make of the links that there are. */
export interface Trial {
  after: Report;
  before?: Report;
  joined: number;
  parted: number;
}

export const sameId = (a: Id, b: Id): boolean => a.kind === b.kind && a.value === b.value;
