import type { JSX } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import { t } from "../i18n";

interface Notice {
  id: number;
  says: string;
  undo?: () => Promise<unknown>;
}

/** How long a notice stays; with a way back longer. */
const STAYS_MS = 6_000;
const STAYS_WITH_UNDO_MS = 20_000;
let notices: Notice[] = [];
let next = 1;
const listeners = new Set<() => void>();

function change(to: Notice[]): void {
  notices = to;
  listeners.forEach((listener) => listener());
}

/** Tells what was done, with a way to take it back where there is one. */
export function notify(says: string, undo?: () => Promise<unknown>): void {
  const id = next++;
  change([...notices, { id, says, ...(undo ? { undo } : {}) }]);
  setTimeout(() => dismiss(id), undo ? STAYS_WITH_UNDO_MS : STAYS_MS);
}

function dismiss(id: number): void {
  change(notices.filter((notice) => notice.id !== id));
}

export function Notices(): JSX.Element {
  const [, redraw] = useState(0);
  useLayoutEffect(() => {
    const listener = () => redraw((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  const takeBack = (notice: Notice) => {
    dismiss(notice.id);
    notice.undo?.().then(() => notify(t("do.undone")), (error: unknown) => notify(`${t("state.failed")} ${error instanceof Error ? error.message : ""}`));
  };
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.map((notice) => (
        <p key={notice.id}>
          <span>{notice.says}</span>
          {notice.undo && <button type="button" onClick={() => takeBack(notice)}>{t("do.undo")}</button>}
          <button type="button" class="dismiss" aria-label={t("do.close")} onClick={() => dismiss(notice.id)}>×</button>
        </p>
      ))}
    </div>
  );
}
