import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";
import { t } from "../i18n";
import { Said } from "./said";

interface Common {
  label: string;
  hint?: string | undefined;
  /** What is wrong with it, in the server's words. */
  error?: string | undefined;
}

function Framed({ label, hint, error, children, id, isWide }: Common & { id: string; children: ComponentChildren; isWide?: boolean | undefined }): JSX.Element {
  return (
    <div class={`field${error ? " wrong" : ""}${isWide ? " wide" : ""}`}>
      <label for={id}>{label}</label>
      {children}
      {error ? <p class="error" id={`${id}-error`} role="alert"><Said text={error} /></p> : hint && <p class="hint" id={`${id}-hint`}><Said text={hint} /></p>}
    </div>
  );
}

const described = (id: string, { hint, error }: Common) => (error ? `${id}-error` : hint ? `${id}-hint` : undefined);

type TextProps = Common & { value: string; onValue: (value: string) => void; type?: "text" | "search" | "password" | "number" | "datetime-local"; placeholder?: string; /** What the browser offers while one types. */ offers?: readonly string[]; isWide?: boolean; isCode?: boolean; autocomplete?: string };

export function TextField(props: TextProps): JSX.Element {
  const id = useId();
  // The types of inputs tell each type of input apart; here it is one of four that are alike.
  const own: object = { type: props.type ?? "text", class: props.isCode ? "code" : "", ...(props.offers ? { list: `${id}-offers` } : {}) };
  return (
    <Framed {...props} id={id}>
      <input id={id} {...own} value={props.value} placeholder={props.placeholder ?? ""} autocomplete={props.autocomplete ?? "off"} spellcheck={false}
        aria-invalid={props.error ? "true" : undefined} aria-describedby={described(id, props)} onInput={(event) => props.onValue(event.currentTarget.value)} />
      {props.offers && <datalist id={`${id}-offers`}>{props.offers.map((one) => <option key={one} value={one} />)}</datalist>}
    </Framed>
  );
}

export function AreaField(props: Common & { value: string; onValue: (value: string) => void; rows?: number; isWide?: boolean }): JSX.Element {
  const id = useId();
  return (
    <Framed {...props} id={id}>
      <textarea id={id} class="code" rows={props.rows ?? 3} value={props.value} spellcheck={false} aria-invalid={props.error ? "true" : undefined}
        aria-describedby={described(id, props)} onInput={(event) => props.onValue(event.currentTarget.value)} />
    </Framed>
  );
}

export function SelectField(props: Common & { value: string; options: readonly (readonly [value: string, label: string])[]; onValue: (value: string) => void }): JSX.Element {
  const id = useId();
  return (
    <Framed {...props} id={id}>
      <select id={id} value={props.value} aria-invalid={props.error ? "true" : undefined} aria-describedby={described(id, props)} onChange={(event) => props.onValue(event.currentTarget.value)}>
        {props.options.map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </select>
    </Framed>
  );
}

export function CheckField({ label, isOn, onValue }: { label: string; isOn: boolean; onValue: (isOn: boolean) => void }): JSX.Element {
  return (
    <label class="check">
      <input type="checkbox" checked={isOn} onChange={(event) => onValue(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}

/** A few alternatives, all to be seen. */
export function Choice<V extends string>({ label, value, options, onValue }: { label: string; value: V; options: readonly (readonly [V, string])[]; onValue: (value: V) => void }): JSX.Element {
  return (
    <div class="choice" role="group" aria-label={label}>
      {options.map(([option, says]) => (
        <button key={option} type="button" aria-pressed={option === value} onClick={() => onValue(option)}>{says}</button>
      ))}
    </div>
  );
}

/** A button that puts a text on the clipboard. */
export function Copy({ text }: { text: string }): JSX.Element {
  const copy = (event: MouseEvent) => {
    const button = event.currentTarget as HTMLButtonElement;
    void navigator.clipboard.writeText(text).then(() => (button.textContent = t("do.copied")));
  };
  return <button type="button" onClick={copy}>{t("do.copy")}</button>;
}
