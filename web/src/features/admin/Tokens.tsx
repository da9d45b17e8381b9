import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Role, Token } from "@/api/types";
import { useText } from "@/i18n/useText";
import { formatAgo, formatInstant } from "@/lib/date";
import { Button, Card, ConfirmButton, Dialog, Empty, Loaded, Notice, SelectField, Table, TextField, useErrorText, useToast } from "@/ui";
import { asRole, roles } from "./roles";
import styles from "./admin.module.css";

const tokensKey = ["people", "tokens"];
const day = 86_400_000;

function NewToken({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const textOf = useErrorText();
  const say = useToast();
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState("90");
  const create = useMutation({
    mutationFn: () => api<Token>("POST", "/tokens", { body: { name, role, expiresAt: days === "" ? undefined : new Date(Date.now() + Number(days) * day).toISOString() } }),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
  });
  const secret = create.data?.token;
  return (
    <Dialog title={t("tokens.create")} onClose={onClose}>
      {secret === undefined ? (
        <form
          className={styles["form"]}
          onSubmit={(e) => {
            e.preventDefault();
            create.mutate();
          }}
        >
          <TextField label={t("tokens.name")} hint={t("tokens.nameHint")} required autoFocus value={name} onChange={(e) => setName(e.target.value)} />
          <SelectField label={t("users.role")} hint={t(`roleHint.${role}`)} value={role} onChange={(e) => setRole(asRole(e.target.value))} options={roles.map((r) => ({ value: r, label: t(`role.${r}`) }))} />
          <SelectField label={t("tokens.expires")} value={days} onChange={(e) => setDays(e.target.value)} options={[...["30", "90", "365"].map((d) => ({ value: d, label: t("tokens.days", { count: Number(d) }) })), { value: "", label: t("tokens.never") }]} />
          {create.isError && <Notice tone="bad">{textOf(create.error)}</Notice>}
          <Button type="submit" variant="primary" busy={create.isPending}>
            {t("tokens.create")}
          </Button>
        </form>
      ) : (
        <div className={styles["form"]}>
          <Notice tone="watch">{t("tokens.once")}</Notice>
          <code className={styles["secret"]}>{secret}</code>
          <Button icon="copy" onClick={() => void navigator.clipboard?.writeText(secret).then(() => say(t("copied")))}>
            {t("copy")}
          </Button>
        </div>
      )}
    </Dialog>
  );
}

/** Keys for programs. */
export function Tokens() {
  const { t } = useTranslation("admin");
  const { lang } = useText();
  const client = useQueryClient();
  const say = useToast();
  const textOf = useErrorText();
  const [creating, setCreating] = useState(false);
  const query = useQuery({ queryKey: tokensKey, queryFn: ({ signal }) => api<{ items: Token[] | null }>("GET", "/tokens", { signal }) });
  const revoke = useMutation({
    mutationFn: (id: string) => api<void>("DELETE", `/tokens/${encodeURIComponent(id)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
    onError: (error) => say(textOf(error), "bad"),
  });
  const create = (
    <Button variant="primary" icon="plus" onClick={() => setCreating(true)}>
      {t("tokens.create")}
    </Button>
  );
  return (
    <Card title={t("tab.tokens")} actions={create}>
      <Loaded query={query}>
        {({ items }) =>
          (items ?? []).length === 0 ? (
            <Empty icon="code" title={t("tokens.empty")}>
              {t("tokens.emptyText")}
            </Empty>
          ) : (
            <Table
              label={t("tab.tokens")}
              rows={items ?? []}
              rowKey={(k) => k.id}
              columns={[
                { key: "name", title: t("tokens.name"), head: true, sort: (k) => k.name, cell: (k) => k.name },
                { key: "user", title: t("tokens.user"), sort: (k) => k.user, cell: (k) => k.user },
                { key: "role", title: t("users.role"), cell: (k) => t(`role.${k.role}`) },
                { key: "expires", title: t("tokens.expires"), cell: (k) => formatInstant(k.expiresAt, undefined, lang) || t("tokens.never") },
                { key: "used", title: t("tokens.used"), cell: (k) => formatAgo(k.usedAt, lang) || t("users.never") },
                {
                  key: "actions",
                  title: <span className="sr-only">{t("actions")}</span>,
                  end: true,
                  cell: (k) => (
                    <ConfirmButton small label={t("tokens.revoke")} title={t("tokens.revokeTitle", { name: k.name })} onConfirm={() => revoke.mutate(k.id)}>
                      <p>{t("tokens.revokeText")}</p>
                    </ConfirmButton>
                  ),
                },
              ]}
            />
          )
        }
      </Loaded>
      {creating && <NewToken onClose={() => setCreating(false)} />}
    </Card>
  );
}
