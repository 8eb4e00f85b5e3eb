import type { Schemas } from "../../api/client";

/** What a side of the workbench asks for other than the shop does; what is empty is as the shop has it. */
export interface Side {
  method: string;
  cutoff: string;
  diversity: string;
  depth: string;
  user: string;
  filter: string;
  /** Steps of understanding that are left out. */
  off: string[];
  /** Any other fields of the request. */
  json: string;
}

export const AS_SHOP: Side = { method: "", cutoff: "", diversity: "", depth: "", user: "", filter: "", off: [], json: "" };
export const METHODS = ["hybrid", "lexical", "dense"] as const;
export const STEPS = ["normalise", "words", "spelling", "quantities", "entities", "negation", "synonyms", "intent", "category", "relax"] as const;
/** Results that are compared. */
export const SHOWN = 20;

/** How many fields a side says. */
export function changes(side: Side): number {
  const { off, ...texts } = side;
  return Object.values(texts).filter((text) => text.trim() !== "").length + (off.length ? 1 : 0);
}

/**
 * The request of a side. It explains itself, and is never logged as shown, whatever its JSON says: trying something out must
 * not teach the shop.
 */
export function request(side: Side, query: string, without: readonly string[]): Schemas["SearchBody"] {
  const said: Record<string, unknown> = {};
  for (const name of ["method", "user", "filter"] as const) if (side[name].trim()) said[name] = side[name].trim();
  for (const name of ["cutoff", "diversity", "depth"] as const) if (side[name].trim()) said[name] = numeric(side[name]);
  const more = side.json.trim() ? (JSON.parse(side.json) as Record<string, unknown>) : {};
  const understanding = { off: side.off, without: [...without] };
  return { limit: SHOWN, understanding, ...said, ...more, query, explain: true, record: false } as Schemas["SearchBody"];
}

/** A number; what is none is sent as it is, so that the server says what it expected. */
function numeric(text: string): number | string {
  const number = Number(text.replace(",", "."));
  return Number.isNaN(number) ? text : number;
}

/** Which field of the form an error of the server is about; `json` where it is none of them. */
export function fieldOf(error: { field: string }): keyof Side | "" {
  if (!error.field) return "";
  const first = error.field.split(/[.[]/)[0] ?? "";
  if (first === "understanding") return "off";
  return first in AS_SHOP && first !== "json" && first !== "off" ? (first as keyof Side) : "json";
}
