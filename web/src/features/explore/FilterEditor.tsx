import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Cell, DimensionInfo, DimensionValue } from "@/api/types";
import { ExprField } from "@/features/write";
import { useText } from "@/i18n/useText";
import { formatShort } from "@/lib/number";
import { Button, Checkbox, Input, Picker, Segmented, Skeleton, TextField, useErrorText } from "@/ui";
import type { Filter, FilterOp } from "./state";
import type { Words } from "./words";
import styles from "./explore.module.css";

interface Props {
  value: Filter | null;
  dimensions: readonly DimensionInfo[];
  metrics: readonly string[];
  words: Words;
  onDone: (filter: Filter) => void;
}

/** The members of a dimension, the most frequent first, to tick. */
function Members({ dimension, metrics, chosen, words, onChange }: { dimension: string; metrics: readonly string[]; chosen: readonly Cell[]; words: Words; onChange: (values: Cell[]) => void }) {
  const { t } = useTranslation("explore");
  const { lang } = useText();
  const textOf = useErrorText();
  const [typed, setTyped] = useState("");
  const search = useDeferredValue(typed);
  const query = useQuery({
    queryKey: ["data", "values", dimension, metrics, search],
    queryFn: ({ signal }) => api<{ items: DimensionValue[] | null }>("POST", "/values", { body: { dimension, metrics, search: search || undefined, limit: 50 }, signal }),
    placeholderData: (previous, last) => (last?.queryKey[2] === dimension ? previous : undefined),
  });
  const items = query.data?.items ?? [];
  const all = [...chosen.filter((c) => !items.some((i) => i.value === c)).map((value): DimensionValue => ({ value, count: -1 })), ...items];
  return (
    <>
      <Input type="search" aria-label={t("filter.search")} placeholder={t("filter.search")} value={typed} onChange={(e) => setTyped(e.target.value)} />
      {query.isError && <p className={styles["trouble"]}>{textOf(query.error)}</p>}
      {query.isPending && <Skeleton height={120} />}
      <ul className={styles["members"]}>
        {all.map((item) => (
          <li key={JSON.stringify(item.value)}>
            <Checkbox label={words.member(item.value)} checked={chosen.includes(item.value)} onChange={(e) => onChange(e.target.checked ? [...chosen, item.value] : chosen.filter((c) => c !== item.value))} />
            {item.count >= 0 && <small>{formatShort(item.count, lang)}</small>}
          </li>
        ))}
        {query.isSuccess && all.length === 0 && <li className={styles["quiet"]}>{t("nothingFound")}</li>}
      </ul>
    </>
  );
}

const ranged = (type: string) => /^(integer|decimal|float|date|timestamp)$/.test(type);

/** One condition: which dimension, and which of its values. */
export function FilterEditor({ value, dimensions, metrics, words, onDone }: Props) {
  const { t } = useTranslation("explore");
  const { pick } = useText();
  const [dimension, setDimension] = useState(value?.dimension ?? "");
  const [op, setOp] = useState<FilterOp>(value?.op ?? "in");
  const [values, setValues] = useState<Cell[]>(value?.values ?? []);
  const type = dimensions.find((d) => d.name === dimension)?.type ?? "string";
  const options: FilterOp[] = op === "if" ? ["if"] : ranged(type) ? ["in", "not", "from", "to"] : ["in", "not"];
  const single = op === "from" || op === "to" || op === "if";
  const typedValue = (text: string): Cell => (/^(integer|decimal|float)$/.test(type) && text !== "" && Number.isFinite(Number(text)) ? Number(text) : text);

  return (
    <form
      className={styles["editor"]}
      onSubmit={(e) => {
        e.preventDefault();
        if (values.length > 0) onDone({ dimension, op, values });
      }}
    >
      {value === null && op !== "if" && (
        <Picker
          label={t("filter.dimension")}
          value={dimension}
          onChange={(next) => {
            setDimension(next);
            setValues([]);
            setOp("in");
          }}
          options={dimensions.map((d) => ({ value: d.name, label: pick(d.title, d.name), detail: d.name, disabled: d.fits ? undefined : pick(d.reason, t("fields.unfit")) }))}
        />
      )}
      {(dimension !== "" || op === "if") && (
        <>
          {options.length > 1 && (
            <Segmented
              label={t("filter.how")}
              value={op}
              onChange={(next) => {
                if ((next === "from" || next === "to") !== single) setValues([]);
                setOp(next);
              }}
              options={options.map((o) => ({ value: o, label: t(`filter.op.${o}`) }))}
            />
          )}
          {op === "if" ? (
            <ExprField label={t("filter.condition")} context={{ as: "condition", metrics }} value={String(values[0] ?? "")} onChange={(text) => setValues(text.trim() === "" ? [] : [text])} />
          ) : single ? (
            <TextField
              label={t("filter.value")}
              type={type === "date" || type === "timestamp" ? "date" : "number"}
              step="any"
              value={String(values[0] ?? "")}
              onChange={(e) => setValues(e.target.value === "" ? [] : [typedValue(e.target.value)])}
            />
          ) : (
            <Members dimension={dimension} metrics={metrics} chosen={values} words={words} onChange={setValues} />
          )}
        </>
      )}
      <div className={styles["editorFoot"]}>
        <Button type="submit" variant="primary" small disabled={values.length === 0}>
          {t("filter.apply")}
        </Button>
        {value === null && metrics.length > 0 && op !== "if" && (
          <Button
            small
            onClick={() => {
              setDimension("");
              setValues([]);
              setOp("if");
            }}
          >
            {t("filter.write")}
          </Button>
        )}
      </div>
    </form>
  );
}
