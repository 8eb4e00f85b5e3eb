import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAsked, useDoing } from "../api/use";
import { t } from "../i18n";
import { syntaxError } from "../lib/locate";
import { changedSays, Diff, JsonEditor, pretty, type Problem } from "./json";
import { useRested } from "./pick";
import { Failure } from "./state";

/** What would come of a document. */
export interface Checked {
  problems: readonly Problem[];
  /** What shoppers or the server would notice beside it. */
  note?: string | undefined;
}

/** A document that is edited as JSON, looked at before it is put in force, and refused by the server at the field at fault. */
export function DocumentEditor<T>(props: { label: string; now: T; put: (to: T) => Promise<unknown>; example?: T; rows?: number; /** Asks what would come of it, while it is typed. */ check?: (to: T, signal: AbortSignal) => Promise<Checked> }): JSX.Element {
  const before = pretty(props.now);
  const [text, setText] = useState(before);
  const [isReviewed, setReviewed] = useState(false);
  const doing = useDoing();
  const isSame = text === before;
  const isBroken = syntaxError(text) !== null;
  const rested = useRested(text, 400);
  const isAsked = props.check && rested === text && !isSame && !isBroken;
  const checked = useAsked(isAsked ? `check ${rested}` : null, (signal) => props.check!(JSON.parse(rested) as T, signal));
  const problems = checked.data?.problems ?? [];
  const edit = (to: string) => {
    setText(to);
    doing.clear();
  };
  const put = async () => {
    const isDone = await doing.run(() => props.put(JSON.parse(text) as T));
    setReviewed(false);
    return isDone;
  };
  if (isReviewed) {
    return (
      <div class="review">
        <h3>{t("diff.title")}</h3>
        <Diff before={before} after={pretty(JSON.parse(text))} />
        <p class="actions left">
          <button type="button" class="main" disabled={doing.isBusy} onClick={() => void put()}>{t("settings.put")}</button>
          <button type="button" disabled={doing.isBusy} onClick={() => setReviewed(false)}>{t("settings.back")}</button>
        </p>
      </div>
    );
  }
  return (
    <div class="document-editor">
      {doing.error && !doing.error.field && <Failure error={doing.error} />}
      <JsonEditor label={props.label} text={text} onText={edit} refused={doing.error?.field ? doing.error : undefined} problems={problems} {...(props.rows ? { rows: props.rows } : {})} />
      <p class="actions left">
        <button type="button" class="main" disabled={isSame || isBroken || problems.length > 0} onClick={() => setReviewed(true)}>{t("settings.review")}</button>
        <button type="button" disabled={isSame} onClick={() => edit(before)}>{t("settings.discard")}</button>
        {props.example !== undefined && <button type="button" class="link" onClick={() => edit(pretty(props.example))}>{t("online.example")}</button>}
        {!isBroken && <span class="note">{changedSays(before, text)}</span>}
        {checked.data?.note && <span class="note warn" role="status">{checked.data.note}</span>}
      </p>
    </div>
  );
}
