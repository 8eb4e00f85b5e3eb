import type { JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { ApiError } from "../api/client";
import { number, t } from "../i18n";
import { diff, hunks } from "../lib/diff";
import { locate, syntaxError } from "../lib/locate";
import { Said } from "./said";

/** As the console writes JSON everywhere. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** What is wrong with a field, as the server found before it was asked to put the document in force. */
export interface Problem {
  field: string;
  expected: string;
  got: string;
}

/** A JSON text to edit, with the lines marked that are no JSON, that would be refused, or that the server refused. */
export function JsonEditor(props: { label: string; text: string; onText: (text: string) => void; refused?: ApiError | undefined; problems?: readonly Problem[]; rows?: number }): JSX.Element {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const broken = syntaxError(props.text);
  const place = broken ? null : props.refused && locate(props.text, props.refused.field);
  const problems = broken || props.refused ? [] : (props.problems ?? []).map((one) => ({ ...one, line: locate(props.text, one.field)?.line }));
  const marked = new Set([broken?.line ?? place?.line, ...problems.map((one) => one.line)]);
  const lines = props.text.split("\n").length;
  useEffect(() => {
    // The refused line is brought into view; lines are all as high as one another.
    if (place && area.current) area.current.scrollTop = Math.max(0, (area.current.scrollHeight / lines) * (place.line - 3));
  }, [props.refused]);
  const follow = () => gutter.current && area.current && (gutter.current.scrollTop = area.current.scrollTop);
  return (
    <div class="json">
      <label for={id}>{props.label}</label>
      <div class="editor">
        <div class="gutter" ref={gutter} aria-hidden="true">
          {Array.from({ length: lines }, (_, at) => <span key={at} class={marked.has(at) ? "marked" : ""}>{at + 1}</span>)}
        </div>
        <textarea id={id} ref={area} class="code" rows={Math.min(props.rows ?? 28, lines + 1)} wrap="off" spellcheck={false} value={props.text}
          aria-invalid={broken || props.refused || problems.length ? "true" : undefined} aria-describedby={`${id}-error`} onScroll={follow} onInput={(event) => props.onText(event.currentTarget.value)} />
      </div>
      <div id={`${id}-error`} role="alert">
        {broken && <p class="error">{t("json.wrong", { line: broken.line + 1, message: broken.message })}</p>}
        {!broken && props.refused && <Refusal error={props.refused} line={place?.line} />}
        {problems.map((one) => (
          <p class="error" key={`${one.field} ${one.got}`}>{one.line !== undefined && <strong>{t("json.at", { line: one.line + 1 })}: </strong>}<code>{one.field}</code> {t("state.expected", { expected: one.expected })}; {t("state.got", { got: one.got })}</p>
        ))}
      </div>
    </div>
  );
}

function Refusal({ error, line }: { error: ApiError; line: number | undefined }): JSX.Element {
  const { message, field, docs, code } = error.detail;
  return (
    <p class="error">
      {field && line !== undefined && <strong>{t("json.at", { line: line + 1 })}: </strong>}
      <Said text={message} /> {docs && <a href={docs} target="_blank" rel="noreferrer">{code}</a>}
    </p>
  );
}

/** What changes from one text to another. */
export function Diff({ before, after }: { before: string; after: string }): JSX.Element {
  const shown = hunks(diff(before, after));
  if (shown.every((line) => line === null)) return <p class="note">{t("diff.none")}</p>;
  return (
    <pre class="diff" tabIndex={0} aria-label={t("diff.title")}>
      {shown.map((line, at) =>
        line === null ? <span key={at} class="left-out">⋯ {t("diff.left")}{"\n"}</span> : (
          <span key={at} class={line.kind}>
            {line.kind === "gone" && <del><span class="unseen">{t("diff.gone")}: </span>− {line.text}</del>}
            {line.kind === "new" && <ins><span class="unseen">{t("diff.new")}: </span>+ {line.text}</ins>}
            {line.kind === "same" && `  ${line.text}`}
            {"\n"}
          </span>
        ),
      )}
    </pre>
  );
}

export function changedLines(before: string, after: string): number {
  return diff(before, after).filter((line) => line.kind !== "same").length;
}

export function changedSays(before: string, after: string): string {
  const count = changedLines(before, after);
  return count ? t("settings.changed", { count: number(count) }) : t("settings.unchanged");
}
