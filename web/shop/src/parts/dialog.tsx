import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { usePage } from "../page";

/** A dialog before the page: the browser keeps the keyboard in it, Escape and a press beside it close it. */
export function Dialog({ name, className, children }: { name: string; className: string; children: ComponentChildren }) {
  const page = usePage();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => before?.focus?.({ preventScroll: true });
  }, []);
  return (
    <dialog ref={dialog} class={className} aria-label={name} onClose={() => page.close()} onClick={(event) => event.target === dialog.current && dialog.current?.close()}>
      <div class="inside">
        <button type="button" class="plain close" aria-label={t("close")} onClick={() => dialog.current?.close()}>
          ×
        </button>
        {children}
      </div>
    </dialog>
  );
}
