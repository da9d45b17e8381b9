import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useDimensions } from "@/api/hooks";
import { useText } from "@/i18n/useText";
import { Button, Loaded, Skeleton } from "@/ui";
import styles from "./metrics.module.css";

const few = 24;

/** What the metric can be split by; each leads to Explore. */
export function DimensionChips({ metric }: { metric: string }) {
  const { t } = useTranslation("metrics");
  const { pick } = useText();
  const [open, setOpen] = useState(false);
  const query = useDimensions([metric]);
  return (
    <section>
      <h2>{t("def.dimensions")}</h2>
      <Loaded query={query} skeleton={<Skeleton height={48} />}>
        {(all) => {
          const fitting = all.filter((d) => d.fits && d.type !== "timestamp");
          if (fitting.length === 0) return <p className={styles["quiet"]}>{t("def.noDimensions")}</p>;
          return (
            <ul className={styles["chips"]}>
              {(open ? fitting : fitting.slice(0, few)).map((d) => (
                <li key={d.name}>
                  <Link to={`/explore?m=${encodeURIComponent(metric)}&by=${encodeURIComponent(d.name)}`} title={d.name}>
                    {pick(d.title, d.name)}
                  </Link>
                </li>
              ))}
              {fitting.length > few && (
                <li>
                  <Button small variant="ghost" onClick={() => setOpen(!open)}>
                    {open ? t("less") : t("more", { count: fitting.length - few })}
                  </Button>
                </li>
              )}
            </ul>
          );
        }}
      </Loaded>
    </section>
  );
}
