import { useTranslation } from "react-i18next";
import type { DatasetSpec, Resource } from "@/api/types";
import { Card, ErrorState, Skeleton } from "@/ui";
import styles from "../data.module.css";
import type { Draft, Problem } from "./draft";
import { ReadingForm } from "./ReadingForm";
import { RunState } from "./RunState";
import { TargetForm } from "./TargetForm";
import type { Item } from "./useWizard";

interface Props {
  item: Item;
  datasets: Resource<DatasetSpec>[];
  loaded: (name: string) => boolean;
  problems: Problem[];
  edit: (change: (draft: Draft) => Draft) => void;
  reread: (overrides: Item["overrides"], into: string) => void;
}

/** Everything about one file, from how it is written to where it goes. */
export function FileDetail({ item, datasets, loaded, problems, edit, reread }: Props) {
  const { t } = useTranslation("data");
  const { detection, draft } = item;
  const trouble = item.error !== undefined && <Card>{<ErrorState error={item.error} onRetry={item.upload === undefined || item.detection !== undefined ? undefined : () => reread({}, draft?.target ?? "")} />}</Card>;
  if (detection === undefined || draft === undefined) return trouble || <Skeleton height={320} />;
  const change = (part: Partial<Draft>) => edit((now) => ({ ...now, ...part }));
  if (item.phase === "loading" || item.phase === "done") {
    return <Card title={item.file.name}>{item.load === undefined ? <Skeleton height={24} /> : <RunState load={item.load} />}</Card>;
  }
  return (
    <div className={styles["stack"]}>
      {trouble}
      {item.load !== undefined && item.load.state !== "running" && <RunState load={item.load} link={false} />}
      <Card title={t("step.target")}>
        <TargetForm item={item} draft={draft} datasets={datasets} loaded={loaded} problems={problems} onChange={change} onTarget={(into) => { change({ target: into, mode: "" }); reread(item.overrides, into); }} />
      </Card>
      <ReadingForm found={detection} draft={draft} overrides={item.overrides} busy={item.phase === "detecting"} problems={problems} edit={edit} reread={(overrides) => reread(overrides, draft.target)} />
    </div>
  );
}
