import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useDoing } from "../api/use";
import { t } from "../i18n";
import { Failure } from "./state";

/**
 * Asks before something that shoppers would notice. The way out has the focus, so that Enter alone never decides; Escape
 * leaves everything as it is.
 */
export function Confirm(props: { asks: string; does: string; isGrave?: boolean; children?: ComponentChildren; onDone: () => void; work: () => Promise<unknown> }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const doing = useDoing();
  useEffect(() => dialog.current?.showModal(), []);
  const go = async () => {
    if (await doing.run(props.work)) props.onDone();
  };
  return (
    <dialog ref={dialog} onClose={props.onDone} aria-label={props.does}>
      <p>{props.asks}</p>
      {props.children}
      {doing.error && <Failure error={doing.error} />}
      <p class="actions">
        <button type="button" onClick={props.onDone} autofocus>{t("do.cancel")}</button>
        <button type="button" class={props.isGrave ? "grave" : "main"} disabled={doing.isBusy} onClick={() => void go()}>{props.does}</button>
      </p>
    </dialog>
  );
}
