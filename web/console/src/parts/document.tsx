import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useDoing } from "../api/use";
import { t } from "../i18n";
import { syntaxError } from "../lib/locate";
import { changedSays, Diff, JsonEditor, pretty } from "./json";
import { Failure } from "./state";

/** A document that is edited as JSON, looked at before it is put in force, and refused by the server at the field at fault. */
export function DocumentEditor<T>(props: { label: string; now: T; put: (to: T) => Promise<unknown>; example?: T; rows?: number }): JSX.Element {
  const before = pretty(props.now);
  const [text, setText] = useState(before);
  const [isReviewed, setReviewed] = useState(false);
  const doing = useDoing();
  const isSame = text === before;
  const isBroken = syntaxError(text) !== null;
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
      <JsonEditor label={props.label} text={text} onText={edit} refused={doing.error?.field ? doing.error : undefined} {...(props.rows ? { rows: props.rows } : {})} />
      <p class="actions left">
        <button type="button" class="main" disabled={isSame || isBroken} onClick={() => setReviewed(true)}>{t("settings.review")}</button>
        <button type="button" disabled={isSame} onClick={() => edit(before)}>{t("settings.discard")}</button>
        {props.example !== undefined && <button type="button" class="link" onClick={() => edit(pretty(props.example))}>{t("online.example")}</button>}
        {!isBroken && <span class="note">{changedSays(before, text)}</span>}
      </p>
    </div>
  );
}
