import type { UseQueryResult } from "@tanstack/react-query";
import type { CSSProperties, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "react-router";
import { ApiError } from "@/api/client";
import { placesAbove } from "@/lib/place";
import { Button, LinkButton } from "./Button";
import { Denied } from "./Denied";
import { Icon, type IconName } from "./Icon";
import styles from "./surface.module.css";

/** A grey shape of what is coming, so that nothing jumps. */
export function Skeleton({ height = 20, width = "100%", style }: { height?: number | string; width?: number | string; style?: CSSProperties }) {
  return <div className={styles["skeleton"]} style={{ height, width, ...style }} aria-hidden="true" />;
}

/** One sentence on what will be here and the button that makes it so. */
export function Empty({ icon = "info", title, children, action }: { icon?: IconName; title: ReactNode; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className={styles["state"]}>
      <Icon name={icon} size={28} />
      <h3>{title}</h3>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

/** What a person should read of an error. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t("error.unknown");
    if (error.code === "unreachable") return t("error.unreachable");
    const parts = [error.problem.detail ?? error.problem.title ?? t("error.status", { status: error.status })];
    for (const field of error.problem.errors ?? []) {
      const text = field.detail ?? field.message;
      if (text !== undefined && text !== parts[0]) parts.push(text);
    }
    return parts.join("\n");
  };
}

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useTranslation();
  const textOf = useErrorText();
  const { pathname } = useLocation();
  const list = placesAbove(pathname).at(-1);
  if (error instanceof ApiError && error.status === 403) return <Denied detail={error.problem.detail} />;
  // What is not there will not be there a moment later either.
  const gone = error instanceof ApiError && error.status === 404;
  const details = error instanceof ApiError ? JSON.stringify(error.problem, null, 2) : String(error);
  return (
    <div className={styles["state"]} role="alert">
      <Icon name="alert" size={28} />
      <h3>{t("error.title")}</h3>
      <p style={{ whiteSpace: "pre-line" }}>{textOf(error)}</p>
      {gone && <LinkButton to={list?.path ?? "/"}>{list === undefined ? t("error.home") : t("error.back", { list: t(`nav.${list.key}`) })}</LinkButton>}
      {onRetry !== undefined && !gone && (
        <Button icon="undo" onClick={onRetry}>
          {t("retry")}
        </Button>
      )}
      <details>
        <summary>{t("error.details")}</summary>
        <pre>{details}</pre>
      </details>
    </div>
  );
}

/** Shows the skeleton, the error, or what came. */
export function Loaded<T>({ query, skeleton, children }: { query: UseQueryResult<T>; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  const { t } = useTranslation();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <div role="status" aria-label={t("loading")}>
      {skeleton ?? <Skeleton height={160} />}
    </div>
  );
}
