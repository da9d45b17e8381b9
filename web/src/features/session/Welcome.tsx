import { useTranslation } from "react-i18next";
import { useTitle } from "@/lib/title";
import { Card, IconButton, LinkButton, Page, PageHead, useToast } from "@/ui";
import styles from "./session.module.css";

function Command({ text }: { text: string }) {
  const { t } = useTranslation();
  const say = useToast();
  return (
    <div className={styles["command"]}>
      <code>{text}</code>
      <IconButton small icon="copy" label={t("copy")} onClick={() => void navigator.clipboard?.writeText(text).then(() => say(t("copied")))} />
    </div>
  );
}

/** Three doors after the first run. */
export function Welcome() {
  const { t } = useTranslation("session");
  useTitle(t("welcome.title"));
  return (
    <Page>
      <PageHead title={t("welcome.title")} lead={t("welcome.lead")} />
      <div className={styles["doors"]}>
        <Card title={t("welcome.uploadTitle")}>
          <div className={styles["door"]}>
            <p>{t("welcome.uploadText")}</p>
            <LinkButton variant="primary" icon="upload" to="/data/upload">
              {t("welcome.uploadAction")}
            </LinkButton>
          </div>
        </Card>
        <Card title={t("welcome.demoTitle")}>
          <div className={styles["door"]}>
            <p>{t("welcome.demoText")}</p>
            <Command text="lodestar demo --template retail" />
          </div>
        </Card>
        <Card title={t("welcome.codeTitle")}>
          <div className={styles["door"]}>
            <p>{t("welcome.codeText")}</p>
            <Command text={"lodestar init my-metrics\nlodestar apply -f my-metrics --server URL --token T"} />
          </div>
        </Card>
      </div>
      <LinkButton variant="ghost" to="/">
        {t("welcome.later")}
      </LinkButton>
    </Page>
  );
}
