import { useTranslation } from "react-i18next";
import { useParams, useSearchParams } from "react-router";
import { useResource, useResources } from "@/api/hooks";
import { useTables } from "@/api/tables";
import type { MetricSpec } from "@/api/types";
import { useCan } from "@/app/session";
import { useText } from "@/i18n/useText";
import { useTitle } from "@/lib/title";
import { Denied, Loaded, Page, PageHead, Skeleton } from "@/ui";
import { MetricForm } from "./MetricForm";

/** Defines or changes a metric without writing YAML. */
export function MetricFormPage() {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const { name } = useParams();
  const [search] = useSearchParams();
  const editor = useCan("editor");
  const metrics = useResources<MetricSpec>("metrics");
  const datasets = useTables();
  const existing = useResource<MetricSpec>("metrics", name);
  const title = name === undefined ? t("new") : t("form.editTitle", { name: pick(existing.data?.metadata.title, name) });
  useTitle(title);
  if (!editor) return <Page><Denied /></Page>;
  return (
    <Page narrow>
      <PageHead title={title} lead={t("form.lead")} />
      <Loaded query={metrics} skeleton={<Skeleton height={480} />}>
        {(all) => (
          <Loaded query={datasets} skeleton={<Skeleton height={480} />}>
            {(sets) =>
              name === undefined ? (
                <MetricForm existing={null} metrics={all} datasets={sets} start={{ dataset: search.get("dataset") ?? (sets.length === 1 ? (sets[0]?.metadata.name ?? "") : "") }} />
              ) : (
                <Loaded query={existing}>{(metric) => <MetricForm key={metric.revision} existing={metric} metrics={all} datasets={sets} start={{}} />}</Loaded>
              )
            }
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}
