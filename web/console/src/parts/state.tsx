import type { ComponentChildren, JSX } from "preact";
import type { ApiError } from "../api/client";
import type { Asked } from "../api/use";
import { t, type Key } from "../i18n";
import { Said } from "./said";

/** What is shown while, where and instead: waiting, failed, empty. */

export function Loading({ lines = 4 }: { lines?: number }): JSX.Element {
  return (
    <div class="loading" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: lines }, (_, at) => (
        <span key={at} class={`bar w${at % 4}`} />
      ))}
    </div>
  );
}

const ADVICE: Record<string, Key> = { unreachable: "state.unreachable", overloaded: "state.overloaded" };

function advice(error: ApiError): string {
  const known = ADVICE[error.detail.code];
  if (known) return t(known);
  return error.status === 403 ? t("state.forbidden") : t("state.failed");
}

/** What went wrong, in the server's words, with what would have been right and where more is told. */
export function Failure({ error, retry }: { error: ApiError; retry?: () => void }): JSX.Element {
  const { code, message, field, expected, got, docs, rows, rows_refused: refused } = error.detail;
  return (
    <div class="failure" role="alert">
      <p class="lead">{advice(error)}</p>
      {message && <p><Said text={message} /></p>}
      {field && <p><code>{field}</code></p>}
      {expected && <p>{t("state.expected", { expected })}</p>}
      {got && <p>{t("state.got", { got })}</p>}
      {refused ? <p>{t("state.rows", { count: refused })} {rows?.[0] && <code>{rows[0].field}</code>}</p> : null}
      <p class="foot">
        {docs ? <a href={docs} target="_blank" rel="noreferrer"><code>{code}</code></a> : <code>{code}</code>}
        {error.traceId && <span>{t("state.trace", { id: error.traceId })}</span>}
        {retry && <button type="button" onClick={retry}>{t("state.retry")}</button>}
      </p>
    </div>
  );
}

/** Nothing is there: says so, and what to do. */
export function Empty({ says, todo, children }: { says: string; todo?: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p class="lead">{says}</p>
      {todo && <p><Said text={todo} /></p>}
      {children}
    </div>
  );
}

/** Shows what was asked for once it is there. Old data stays on the page where asking again failed. */
export function Answer<T>({ of, lines, children }: { of: Asked<T>; lines?: number; children: (data: T) => ComponentChildren }): JSX.Element {
  return (
    <>
      {of.error && <Failure error={of.error} retry={of.reload} />}
      {of.data !== undefined ? children(of.data) : !of.error && <Loading {...(lines ? { lines } : {})} />}
    </>
  );
}

/** Where figures come from: the route, with the page that describes it. */
export function Source({ route }: { route: string }): JSX.Element {
  return (
    <a class="source" href="/docs" target="_blank" rel="noreferrer" title={t("state.source", { route })}>
      <code>{route}</code>
    </a>
  );
}

/** A part of a page, with its heading and where its figures come from. */
export function Section(props: { title: string; lead?: string; route?: string; aside?: ComponentChildren; children: ComponentChildren; id?: string }): JSX.Element {
  return (
    <section class="section" aria-label={props.title} {...(props.id ? { id: props.id } : {})}>
      <header>
        <h2>{props.title}</h2>
        {props.aside}
        {props.route && <Source route={props.route} />}
      </header>
      {props.lead && <p class="lead"><Said text={props.lead} /></p>}
      {props.children}
    </section>
  );
}

/** The head of a page. */
export function Head({ title, lead, children }: { title: string; lead?: string; children?: ComponentChildren }): JSX.Element {
  return (
    <header class="head">
      <h1>{title}</h1>
      {lead && <p class="lead"><Said text={lead} /></p>}
      {children}
    </header>
  );
}

/** Views of one page, side by side in its address. */
export function Tabs({ tabs, at }: { tabs: readonly { key: string; label: string; href: string }[]; at: string }): JSX.Element {
  return (
    <nav class="tabs" aria-label={tabs.find((tab) => tab.key === at)?.label ?? ""}>
      {tabs.map((tab) => (
        <a key={tab.key} href={tab.href} aria-current={tab.key === at ? "page" : undefined}>{tab.label}</a>
      ))}
    </nav>
  );
}

/** A word with a colour that says the same. */
export function Tag({ tone = "plain", children, title }: { tone?: "plain" | "good" | "bad" | "warn" | "accent"; children: ComponentChildren; title?: string }): JSX.Element {
  return <span class={`tag ${tone}`} {...(title ? { title } : {})}>{children}</span>;
}
