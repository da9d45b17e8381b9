import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./Button";
import styles from "./layer.module.css";

interface Toast {
  id: number;
  text: string;
  tone: "info" | "bad";
}

type Say = (text: string, tone?: Toast["tone"]) => void;

const Context = createContext<Say>(() => undefined);

/** Says one sentence at the edge of the page for a few seconds. */
export function useToast(): Say {
  return useContext(Context);
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const next = useRef(1);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const say = useCallback<Say>(
    (text, tone = "info") => {
      const id = next.current++;
      setToasts((all) => [...all.slice(-3), { id, text, tone }]);
      setTimeout(() => drop(id), tone === "bad" ? 12_000 : 5_000);
    },
    [drop],
  );
  return (
    <Context.Provider value={useMemo(() => say, [say])}>
      {children}
      <div className={styles["toasts"]} role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={styles["toast"]} data-tone={toast.tone}>
            <p>{toast.text}</p>
            <IconButton small icon="close" label={t("close")} onClick={() => drop(toast.id)} />
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}
