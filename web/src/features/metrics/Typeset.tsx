import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { MetricInput, MetricSpec } from "@/api/types";
import { formatSpan } from "@/lib/date";
import { parseFormula, type Formula } from "./formula";
import styles from "./metrics.module.css";

interface Names {
  /** The title of a metric; undefined when there is none of that name. */
  title: (metric: string) => string | undefined;
}

function Operand({ input, title, over }: { input: MetricInput; over?: string | undefined } & Names) {
  const { t, i18n } = useTranslation("metrics");
  const words = title(input.metric);
  const when = over ?? (input.offset ? t("over.offset", { span: formatSpan(input.offset, i18n.language) }) : input.offsetTo ? t("over.offsetTo", { grain: t(`common:grain.${input.offsetTo}`) }) : "");
  return (
    <span className={styles["operand"]}>
      {words === undefined ? <code>{input.metric}</code> : <Link to={`/metrics/${encodeURIComponent(input.metric)}`}>{words}</Link>}
      {input.where !== undefined && input.where !== "" && <code className={styles["when"]}>{input.where}</code>}
      {when !== "" && <span className={styles["when"]}>{when}</span>}
    </span>
  );
}

function Fraction({ top, bottom }: { top: ReactNode; bottom: ReactNode }) {
  return (
    <span className={styles["fraction"]}>
      <span>{top}</span>
      <span className="sr-only"> ÷ </span>
      <span>{bottom}</span>
    </span>
  );
}

const rank = (f: Formula) => (f.kind === "op" ? (f.op === "+" || f.op === "-" ? 1 : f.op === "*" ? 2 : 3) : 3);
const signs = { "+": "+", "-": "−", "*": "×" } as const;

function Tree({ tree, inputs, title }: { tree: Formula; inputs: Record<string, MetricInput> } & Names): ReactNode {
  const inner = (f: Formula, bracket: boolean) => {
    const body = <Tree tree={f} inputs={inputs} title={title} />;
    return bracket ? <>({body})</> : body;
  };
  switch (tree.kind) {
    case "name":
      return <Operand input={inputs[tree.name] ?? { metric: tree.name }} title={title} />;
    case "number":
      return <span>{tree.text}</span>;
    case "minus":
      return <>−{inner(tree.of, rank(tree.of) < 3)}</>;
    case "call":
      return (
        <span>
          <code>{tree.name}</code>({tree.args.map((a, i) => <span key={i}>{i > 0 && ", "}{inner(a, false)}</span>)})
        </span>
      );
    case "op":
      if (tree.op === "/") return <Fraction top={inner(tree.left, false)} bottom={inner(tree.right, false)} />;
      return (
        <>
          {inner(tree.left, rank(tree.left) < rank(tree))} <span className={styles["sign"]}>{signs[tree.op]}</span> {inner(tree.right, rank(tree.right) < rank(tree) || (tree.op === "-" && rank(tree.right) === 1))}
        </>
      );
  }
}

/** The formula as it would stand in a book; metrics are links. */
export function Typeset({ spec, title, aggregate }: { spec: MetricSpec; aggregate: (agg: string, of: string) => string } & Names) {
  const { t, i18n } = useTranslation("metrics");
  if (spec.type === "ratio") {
    return (
      <div className={styles["formula"]}>
        <Fraction top={<Operand input={spec.numerator ?? { metric: "" }} title={title} />} bottom={<Operand input={spec.denominator ?? { metric: "" }} title={title} />} />
      </div>
    );
  }
  const came = spec.conversion ?? spec.return;
  if (came !== undefined) {
    const top = <Operand input={came} title={title} />;
    return <div className={styles["formula"]}>{spec.calculation === "count" ? top : <Fraction top={top} bottom={<Operand input={spec.base ?? { metric: "" }} title={title} />} />}</div>;
  }
  if (spec.type === "cumulative") {
    return (
      <div className={styles["formula"]}>
        <Operand input={{ metric: spec.metric ?? "" }} title={title} over={spec.window ? t("over.window", { span: formatSpan(spec.window, i18n.language) }) : spec.toDate ? t("over.toDate", { grain: t(`common:grain.${spec.toDate}`) }) : t("over.all")} />
      </div>
    );
  }
  if (spec.type === "simple") return <div className={styles["formula"]}>{aggregate(spec.agg ?? "", spec.expr ?? "")}</div>;
  const tree = parseFormula(spec.expr ?? "");
  return <div className={styles["formula"]}>{tree === null ? <code>{spec.expr}</code> : <Tree tree={tree} inputs={spec.inputs ?? {}} title={title} />}</div>;
}
