import type { Role } from "@/api/types";

export const roles: readonly Role[] = ["viewer", "editor", "admin"];

/** The role that a select holds. */
export function asRole(value: string): Role {
  return roles.find((r) => r === value) ?? "viewer";
}
