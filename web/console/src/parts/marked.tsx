import type { JSX } from "preact";
import type { Schemas } from "../api/client";
import { titleOf } from "../lib/item";
import { pieces } from "../lib/marked";

/** A result's title with what matched marked. */
export function Title({ result }: { result: Schemas["SlateItemAnswer"] }): JSX.Element {
  const highlight = result.highlights?.["title"];
  if (!highlight) return <>{titleOf(result.item)}</>;
  return <>{pieces(highlight).map((piece, at) => (piece.isMatch ? <mark key={at}>{piece.text}</mark> : piece.text))}</>;
}
