import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Segmented, useToast } from "@/ui";
import { snippet, ways, type Way } from "./snippets";
import styles from "./writekeys.module.css";

/** Ready-to-paste ways to send an event to this server. */
export function Snippets({ writeKey }: { writeKey: string }) {
  const { t } = useTranslation("writekeys");
  const say = useToast();
  const [way, setWay] = useState<Way>("curl");
  const text = snippet(way, window.location.origin, writeKey);
  return (
    <div className={styles["stack"]}>
      <Segmented label={t("way")} value={way} onChange={setWay} options={ways.map((value) => ({ value, label: t(`ways.${value}`) }))} />
      {/* Long lines scroll in their own frame, which must be reachable by keyboard. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={styles["code"]} tabIndex={0} role="region" aria-label={t(`ways.${way}`)}>
        {text}
      </pre>
      <p className={styles["muted"]}>{t(`about.${way}`)}</p>
      <div>
        <Button small icon="copy" onClick={() => void navigator.clipboard?.writeText(text).then(() => say(t("copied")))}>
          {t("copySnippet")}
        </Button>
      </div>
    </div>
  );
}
