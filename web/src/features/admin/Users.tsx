import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Role, User } from "@/api/types";
import { useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { formatAgo } from "@/lib/date";
import { Button, Card, Chip, Dialog, Loaded, Notice, Select, SelectField, Table, TextField, useErrorText, useToast } from "@/ui";
import { asRole, roles } from "./roles";
import styles from "./admin.module.css";

const usersKey = ["people", "users"];

interface Patch {
  name: string;
  change: { title?: string; role?: Role; disabled?: boolean; password?: string };
}

function usePatch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, change }: Patch) => api<User>("PATCH", `/users/${encodeURIComponent(name)}`, { body: change }),
    onSuccess: () => client.invalidateQueries({ queryKey: usersKey }),
  });
}

function Invite({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const textOf = useErrorText();
  const say = useToast();
  const [user, setUser] = useState({ name: "", title: "", role: "viewer" as Role, password: "" });
  const create = useMutation({
    mutationFn: () => api<User>("POST", "/users", { body: user }),
    onSuccess: async () => {
      // Inviting is a step of the checklist on the home page.
      await Promise.all([client.invalidateQueries({ queryKey: usersKey }), client.invalidateQueries({ queryKey: ["data", "north-star"] })]);
      say(t("users.invited", { name: user.title || user.name }));
      onClose();
    },
  });
  return (
    <Dialog title={t("users.invite")} onClose={onClose}>
      <form
        className={styles["form"]}
        onSubmit={(e) => {
          e.preventDefault();
          create.mutate();
        }}
      >
        <TextField label={t("users.title")} required autoFocus value={user.title} onChange={(e) => setUser({ ...user, title: e.target.value })} />
        <TextField label={t("users.name")} hint={t("users.nameHint")} required autoCapitalize="none" pattern="[a-z][a-z0-9._\-]*" value={user.name} onChange={(e) => setUser({ ...user, name: e.target.value })} />
        <SelectField label={t("users.role")} hint={t(`roleHint.${user.role}`)} value={user.role} onChange={(e) => setUser({ ...user, role: asRole(e.target.value) })} options={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))} />
        <TextField label={t("users.password")} hint={t("users.passwordHint")} type="password" autoComplete="new-password" minLength={10} required value={user.password} onChange={(e) => setUser({ ...user, password: e.target.value })} />
        {create.isError && <Notice tone="bad">{textOf(create.error)}</Notice>}
        <Button type="submit" variant="primary" busy={create.isPending}>
          {t("users.add")}
        </Button>
      </form>
    </Dialog>
  );
}

function NewPassword({ user, onClose }: { user: User; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const textOf = useErrorText();
  const say = useToast();
  const patch = usePatch();
  const [password, setPassword] = useState("");
  return (
    <Dialog title={t("users.resetTitle", { name: user.title || user.name })} onClose={onClose}>
      <form
        className={styles["form"]}
        onSubmit={(e) => {
          e.preventDefault();
          patch.mutate(
            { name: user.name, change: { password } },
            {
              onSuccess: () => {
                say(t("users.resetDone"));
                onClose();
              },
            },
          );
        }}
      >
        <TextField label={t("users.password")} hint={t("users.passwordHint")} type="password" autoComplete="new-password" minLength={10} required autoFocus value={password} onChange={(e) => setPassword(e.target.value)} />
        {patch.isError && <Notice tone="bad">{textOf(patch.error)}</Notice>}
        <Button type="submit" variant="primary" busy={patch.isPending}>
          {t("users.reset")}
        </Button>
      </form>
    </Dialog>
  );
}

/** Who may come in, and as what. */
export function Users() {
  const { t } = useTranslation("admin");
  const { lang } = useText();
  const me = useSession().user?.name;
  const say = useToast();
  const textOf = useErrorText();
  const patch = usePatch();
  const [inviting, setInviting] = useState(false);
  const [resetting, setResetting] = useState<User | null>(null);
  const query = useQuery({ queryKey: usersKey, queryFn: ({ signal }) => api<{ items: User[] | null }>("GET", "/users", { signal }) });
  const change = (user: User, what: Patch["change"]) => patch.mutate({ name: user.name, change: what }, { onError: (error) => say(textOf(error), "bad") });

  return (
    <Card
      title={t("tab.users")}
      actions={
        <Button variant="primary" icon="plus" onClick={() => setInviting(true)}>
          {t("users.invite")}
        </Button>
      }
    >
      <Loaded query={query}>
        {({ items }) => (
          <Table
            label={t("tab.users")}
            rows={items ?? []}
            rowKey={(u) => u.name}
            columns={[
              {
                key: "title",
                title: t("users.title"),
                head: true,
                sort: (u) => u.title || u.name,
                cell: (u) => (
                  <>
                    {u.title || u.name} {u.name === me && <Chip>{t("users.you")}</Chip>} {u.disabled === true && <Chip tone="watch">{t("users.locked")}</Chip>}
                  </>
                ),
              },
              { key: "name", title: t("users.name"), sort: (u) => u.name, cell: (u) => <code>{u.name}</code> },
              {
                key: "role",
                title: t("users.role"),
                cell: (u) => <Select aria-label={t("users.roleOf", { name: u.title || u.name })} value={u.role} disabled={u.name === me} onChange={(e) => change(u, { role: asRole(e.target.value) })} options={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))} />,
              },
              { key: "seen", title: t("users.seen"), cell: (u) => formatAgo(u.signedInAt, lang) || t("users.never") },
              {
                key: "actions",
                title: <span className="sr-only">{t("actions")}</span>,
                end: true,
                cell: (u) => (
                  <span className={styles["actions"]}>
                    <Button small onClick={() => setResetting(u)}>
                      {t("users.reset")}
                    </Button>
                    {u.name !== me && (
                      <Button small onClick={() => change(u, { disabled: u.disabled !== true })}>
                        {u.disabled === true ? t("users.unlock") : t("users.lock")}
                      </Button>
                    )}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {inviting && <Invite onClose={() => setInviting(false)} />}
      {resetting !== null && <NewPassword user={resetting} onClose={() => setResetting(null)} />}
    </Card>
  );
}
