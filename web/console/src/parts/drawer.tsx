import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";

/** Something told at the side of the page, until it is closed, left by Escape or clicked beside. */
export function Drawer({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const clickOutside = (event: MouseEvent) => event.target === dialog.current && onClose();
  return (
    <dialog class="drawer" ref={dialog} onClose={onClose} onClick={clickOutside} aria-label={title}>
      <div class="inside">
        <header>
          <h2>{title}</h2>
          <button type="button" onClick={onClose}>{t("do.close")}</button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
