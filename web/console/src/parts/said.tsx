import type { JSX } from "preact";

/** A sentence with what stands between backticks as code, as the server and this page write names and commands. */
export function Said({ text }: { text: string }): JSX.Element {
  return <>{text.split(/`([^`]+)`/).map((part, at) => (at % 2 ? <code key={at}>{part}</code> : part))}</>;
}
