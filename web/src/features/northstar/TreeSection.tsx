import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { TreeState } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { usePhone } from "@/lib/theme";
import { useUrlState } from "@/lib/url";
import { Button, Card, LinkButton, Segmented } from "@/ui";
import { Canvas } from "./tree/Canvas";
import { foldedAtFirst } from "./tree/layout";
import { Outline } from "./tree/Outline";

/** The live tree, as cards or as an outline, whole or one branch of it. */
export function TreeSection({ state, selected, onOpen }: { state: TreeState; selected: string; onOpen: (metric: string) => void }) {
  const { t } = useTranslation("northstar");
  const { pick } = useText();
  const phone = usePhone();
  const editor = useCan("editor");
  const [chosen, setView] = useUrlState("view");
  const [branch, setBranch] = useUrlState("branch");
  const top = state.nodes[0]?.id ?? "";
  const root = state.nodes.some((n) => n.id === branch) ? branch : top;
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => foldedAtFirst(state, root));
  const [active, setActive] = useState(root);
  const focus = (metric: string) => {
    setFolded(foldedAtFirst(state, metric || top));
    setBranch(metric);
  };
  const view = chosen === "outline" || chosen === "tree" ? chosen : phone ? "outline" : "tree";
  const fold = (metric: string) => {
    const next = new Set(folded);
    if (!next.delete(metric)) next.add(metric);
    setFolded(next);
  };
  const focused = state.nodes.find((n) => n.id === active);

  return (
    <Card
      title={t("tree")}
      actions={
        <>
          {root !== top && (
            <Button small icon="left" onClick={() => focus("")}>
              {t("wholeTree")}
            </Button>
          )}
          {view === "tree" && focused !== undefined && active !== root && (
            <Button small icon="focus" onClick={() => focus(active)}>
              {t("focusOn", { name: pick(focused.title, focused.metric) })}
            </Button>
          )}
          {folded.size > 0 && (
            <Button small onClick={() => setFolded(new Set())}>
              {t("unfoldAll")}
            </Button>
          )}
          <Segmented
            label={t("treeView")}
            value={view}
            onChange={(v) => setView(v === (phone ? "outline" : "tree") ? "" : v)}
            options={[
              { value: "tree", label: t("asTree") },
              { value: "outline", label: t("asOutline") },
            ]}
          />
          {editor && (
            <LinkButton small icon="edit" to={`/trees/${encodeURIComponent(state.tree)}`}>
              {t("edit")}
            </LinkButton>
          )}
        </>
      }
    >
      {view === "tree" ? (
        <Canvas key={root} state={state} root={root} folded={folded} onFold={fold} active={active} onActive={setActive} selected={selected} onOpen={onOpen} />
      ) : (
        <Outline state={state} root={root} folded={folded} onFold={fold} onOpen={onOpen} />
      )}
    </Card>
  );
}
