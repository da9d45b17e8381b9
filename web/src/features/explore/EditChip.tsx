import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { cx, Icon, Popover, type IconName } from "@/ui";
import styles from "./explore.module.css";

interface Props {
  /** What kind of thing: read out before the text. */
  kind: string;
  text: ReactNode;
  icon?: IconName;
  /** What the server objects to here. */
  trouble?: string;
  onRemove?: () => void;
  removeLabel?: string;
  /** The editor; it gets a function that closes it. */
  children?: (close: () => void) => ReactNode;
}

/** One part of the question: pressed, it is edited where it stands. */
export function EditChip({ kind, text, icon, trouble, onRemove, removeLabel, children }: Props) {
  const { t } = useTranslation("explore");
  const [open, setOpen] = useState(false);
  const body = (
    <>
      {icon !== undefined && <Icon name={icon} size={14} />}
      <span className="sr-only">{kind}: </span>
      <span className={styles["chipText"]}>{text}</span>
    </>
  );
  return (
    <span className={cx(styles["chip"], trouble !== undefined && styles["troubled"])} title={trouble}>
      {children === undefined ? (
        <span className={styles["chipBody"]}>{body}</span>
      ) : (
        <Popover
          label={kind}
          open={open}
          onOpen={setOpen}
          trigger={(p) => (
            <button type="button" className={styles["chipBody"]} {...p}>
              {body}
              <Icon name="down" size={12} />
            </button>
          )}
        >
          {children(() => setOpen(false))}
        </Popover>
      )}
      {onRemove !== undefined && (
        <button type="button" className={styles["chipRemove"]} aria-label={removeLabel ?? t("remove")} title={removeLabel ?? t("remove")} onClick={onRemove}>
          <Icon name="close" size={12} />
        </button>
      )}
    </span>
  );
}
