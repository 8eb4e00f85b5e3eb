import type { JSX } from "preact";
import type { Place } from "../../lib/place";
import { Editor } from "./editor";
import { List } from "./list";

/** What people decide for some searches for some time: all of it, or one. */
export function Merchandising({ place }: { place: Place }): JSX.Element {
  const id = place.rest[0];
  return id ? <Editor key={id} id={id} open={place.query["open"] ?? ""} /> : <List />;
}
