import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams, useSearchParams } from "react-router";
import { api } from "@/api/client";
import { refreshAll, sessionQuery, useDelete, usePut, useResource, useResources } from "@/api/hooks";
import type { Grain, GuardrailSpec, InfluenceSpec, Metadata, MetricSpec, Resource, TreeSpec, WorkspaceSpec } from "@/api/types";
import { useCan, useSession } from "@/app/session";
import { useText } from "@/i18n/useText";
import { slug } from "@/lib/name";
import { useTitle } from "@/lib/title";
import { Button, Card, Checkbox, ConfirmButton, Denied, Loaded, Notice, Page, PageHead, Picker, SelectField, TextField, useErrorText, useToast, type PickerOption } from "@/ui";
import { FoldedForm } from "./FoldedForm";
import { GuardrailForm } from "./GuardrailForm";
import { InfluenceForm } from "./InfluenceForm";
import styles from "./editor.module.css";

const grains: Grain[] = ["day", "week", "month", "quarter", "year"];

/** A list item with a key that survives edits. */
interface Keyed<T> {
  key: string;
  value: T;
}

function useKeyed<T>(initial: readonly T[]) {
  const id = useId();
  const [state, setState] = useState({ next: initial.length, items: initial.map((value, i): Keyed<T> => ({ key: `${id}${i}`, value })) });
  return {
    items: state.items,
    values: state.items.map((i) => i.value),
    add: (value: T) => setState((s) => ({ next: s.next + 1, items: [...s.items, { key: `${id}${s.next}`, value }] })),
    change: (key: string, value: T) => setState((s) => ({ ...s, items: s.items.map((i) => (i.key === key ? { key, value } : i)) })),
    remove: (key: string) => setState((s) => ({ ...s, items: s.items.filter((i) => i.key !== key) })),
  };
}

/** Puts the tree on the home page, which is a setting of the workspace. */
function useMakeHome() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (tree: string) => {
      const now = await api<Resource<WorkspaceSpec>>("GET", "/workspaces/workspace");
      await api("PUT", "/workspaces/workspace", { body: { metadata: now.metadata, spec: { ...now.spec, tree } }, headers: { "If-Match": `"${now.revision}"` } });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      await refreshAll(client);
    },
  });
}

interface FormProps {
  existing: Resource<TreeSpec> | null;
  metrics: Resource<MetricSpec>[];
  taken: string[];
}

function TreeForm({ existing, metrics, taken }: FormProps) {
  const { t } = useTranslation("tree");
  const { pick } = useText();
  const navigate = useNavigate();
  const say = useToast();
  const textOf = useErrorText();
  const [search] = useSearchParams();
  const home = useSession().workspace.tree;
  const admin = useCan("admin");
  const [titleZh, setTitleZh] = useState(existing?.metadata.title?.zh ?? "");
  const [titleEn, setTitleEn] = useState(existing?.metadata.title?.en ?? "");
  const [owner, setOwner] = useState(existing?.metadata.owner ?? "");
  const [root, setRoot] = useState(existing?.spec.root ?? search.get("metric") ?? "");
  const [period, setPeriod] = useState<Grain>(existing?.spec.period ?? "week");
  const [onHome, setOnHome] = useState(existing === null ? home === "" || home === undefined : existing.metadata.name === home);
  const [folded, setFolded] = useState<string[]>(() => (existing?.spec.nodes ?? []).filter((n) => n.collapse === true).map((n) => n.metric));
  const influences = useKeyed<InfluenceSpec>(existing?.spec.influences ?? []);
  const guardrails = useKeyed<GuardrailSpec>(existing?.spec.guardrails ?? []);
  const put = usePut<TreeSpec>("trees");
  const remove = useDelete("trees");
  const makeHome = useMakeHome();

  const options: PickerOption[] = metrics.map((m) => ({ value: m.metadata.name, label: pick(m.metadata.title, m.metadata.name), detail: [m.metadata.name, ...(m.metadata.synonyms ?? [])].join(" ") }));
  const unitOf = (metric: string) => metrics.find((m) => m.metadata.name === metric)?.spec.unit ?? "";
  const incomplete = root === "" || guardrails.values.some((g) => g.metric === "" || g.rule === "") || influences.values.some((i) => i.from === "" || i.to === "");
  const back = () => void navigate("/");

  const save = async () => {
    const rootTitle = metrics.find((m) => m.metadata.name === root)?.metadata.title;
    const title = { zh: titleZh || rootTitle?.zh, en: titleEn || rootTitle?.en };
    const name = existing?.metadata.name ?? slug(titleEn || title.en || root, "tree", taken);
    const metadata: Metadata = { ...existing?.metadata, name, title, owner: owner || undefined };
    const kept = (existing?.spec.nodes ?? []).filter((n) => n.collapse !== true);
    const nodes = [...kept.filter((n) => !folded.includes(n.metric)), ...folded.map((m) => ({ metric: m, collapse: true }))];
    const spec: TreeSpec = { ...existing?.spec, root, period, nodes: nodes.length === 0 ? undefined : nodes, influences: influences.values, guardrails: guardrails.values };
    try {
      await put.mutateAsync({ metadata, spec, revision: existing?.revision ?? 0 });
      if (admin && onHome && home !== name) await makeHome.mutateAsync(name);
      say(t("saved"));
      back();
    } catch {
      // The mutations keep their errors, and the notice below shows them.
    }
  };
  const error = put.error ?? makeHome.error ?? remove.error;

  return (
    <form
      className={styles["form"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (!incomplete) void save();
      }}
    >
      <Card title={t("what")}>
        <div className={styles["fields"]}>
          <Picker label={t("root")} options={options} value={root} onChange={setRoot} />
          <SelectField label={t("period")} value={period} onChange={(e) => setPeriod(e.target.value as Grain)} options={grains.map((g) => ({ value: g, label: t(`grain.${g}`) }))} />
          <TextField label={t("titleZh")} value={titleZh} onChange={(e) => setTitleZh(e.target.value)} placeholder={metrics.find((m) => m.metadata.name === root)?.metadata.title?.zh} />
          <TextField label={t("titleEn")} value={titleEn} onChange={(e) => setTitleEn(e.target.value)} placeholder={metrics.find((m) => m.metadata.name === root)?.metadata.title?.en} />
          <TextField label={t("owner")} value={owner} onChange={(e) => setOwner(e.target.value)} />
        </div>
      </Card>
      <Card
        title={t("guardrails")}
        actions={
          <Button small icon="plus" onClick={() => guardrails.add({ metric: "", rule: "change_rate <= 0.05", when: "root.change > 0", then: "watch" })}>
            {t("addGuardrail")}
          </Button>
        }
      >
        <p className={styles["hint"]}>{t("guardrailsHint")}</p>
        {guardrails.items.map(({ key, value }) => (
          <GuardrailForm key={`${key}${unitOf(value.metric)}`} value={value} unit={unitOf(value.metric)} metrics={options} onChange={(next) => guardrails.change(key, next)} onRemove={() => guardrails.remove(key)} />
        ))}
      </Card>
      <Card
        title={t("influences")}
        actions={
          <Button small icon="plus" onClick={() => influences.add({ from: "", to: root, sign: "+" })}>
            {t("addInfluence")}
          </Button>
        }
      >
        <p className={styles["hint"]}>{t("influencesHint")}</p>
        {influences.items.map(({ key, value }) => (
          <InfluenceForm key={key} value={value} period={period} metrics={options} onChange={(next) => influences.change(key, next)} onRemove={() => influences.remove(key)} />
        ))}
      </Card>
      <Card title={t("folded.title")}>
        <p className={styles["hint"]}>{t("folded.hint")}</p>
        <FoldedForm value={folded} metrics={options.filter((o) => o.value !== root)} onChange={setFolded} />
      </Card>
      {!admin && (existing === null || existing.metadata.name !== home) && <Notice>{t("onHomeWho")}</Notice>}
      {admin && <Checkbox label={t("onHome")} checked={onHome} onChange={(e) => setOnHome(e.target.checked)} />}
      {error !== null && (
        <Notice tone="bad">
          <span style={{ whiteSpace: "pre-line" }}>{textOf(error)}</span>
        </Notice>
      )}
      <div className={styles["foot"]}>
        <Button type="submit" variant="primary" disabled={incomplete} busy={put.isPending || makeHome.isPending}>
          {t("save")}
        </Button>
        <Button onClick={back}>{t("cancel")}</Button>
        {existing !== null && (
          <span className={styles["end"]}>
            <ConfirmButton label={t("delete")} title={t("deleteTitle")} onConfirm={() => remove.mutate({ name: existing.metadata.name }, { onSuccess: back })}>
              <p>{t("deleteText")}</p>
            </ConfirmButton>
          </span>
        )}
      </div>
    </form>
  );
}

/** Draws or changes a metric tree without writing YAML. */
export function TreeEditorPage() {
  const { t } = useTranslation("tree");
  const { pick } = useText();
  const { name } = useParams();
  const editor = useCan("editor");
  const fresh = name === undefined;
  const metrics = useResources<MetricSpec>("metrics");
  const trees = useResources<TreeSpec>("trees", fresh);
  const existing = useResource<TreeSpec>("trees", name);
  const title = fresh ? t("newTitle") : t("editTitle", { name: pick(existing.data?.metadata.title, name) });
  useTitle(title);
  if (!editor) return <Page><Denied /></Page>;
  return (
    <Page>
      <PageHead title={title} lead={t("lead")} />
      <Loaded query={metrics}>
        {(all) =>
          fresh ? (
            <Loaded query={trees}>{(others) => <TreeForm existing={null} metrics={all} taken={others.map((o) => o.metadata.name)} />}</Loaded>
          ) : (
            <Loaded query={existing}>{(tree) => <TreeForm key={tree.revision} existing={tree} metrics={all} taken={[]} />}</Loaded>
          )
        }
      </Loaded>
    </Page>
  );
}
