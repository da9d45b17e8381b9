import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import type { IconName } from "./Icon";

/** A button that asks before it does something that cannot be taken back. */
export function ConfirmButton({ label, title, children, icon = "trash", small, onConfirm }: { label: string; title: string; children: ReactNode; icon?: IconName; small?: boolean; onConfirm: () => void }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="danger" icon={icon} small={small} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {open && (
        <Dialog
          title={title}
          onClose={() => setOpen(false)}
          footer={
            <>
              <Button onClick={() => setOpen(false)}>{t("cancel")}</Button>
              <Button
                variant="danger"
                onClick={() => {
                  setOpen(false);
                  onConfirm();
                }}
              >
                {label}
              </Button>
            </>
          }
        >
          {children}
        </Dialog>
      )}
    </>
  );
}
