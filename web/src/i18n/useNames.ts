import { useTranslation } from "react-i18next";

/** Who did something: a user name, or an account of the machine that ran a command. */
export function useActor(): (actor: string) => string {
  const { t } = useTranslation();
  return (actor) => (actor.startsWith("local:") ? t("localActor", { name: actor.slice("local:".length) }) : actor);
}

/** A domain is a word that an editor chose; the usual ones are known in both languages. */
export function useDomain(): (domain: string) => string {
  const { t } = useTranslation();
  return (domain) => (/^[a-z_]+$/.test(domain) ? t(`domain.${domain}`, { defaultValue: domain }) : domain);
}
