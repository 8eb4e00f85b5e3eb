import type { Schemas } from "../api/client";

/** What a curation does to results, reckoned without the server. Nothing here changes what it is given. */

export type Matching = "is" | "starts-with" | "ends-with" | "contains";

export interface QueryCondition {
  match: Matching;
  text: string;
}

/** When a curation applies: any one of the queries suffices, none means every query. */
export interface When {
  queries: QueryCondition[];
  surfaces: string[];
  segments: string[];
}

export type Rule = { pin: { item: string; position: number } } | { boost: { filter: string; factor: number } } | { bury: { filter: string } } | { hide: { filter: string } };
export type Banner = Schemas["Banner"];

/** A curation with all its parts, as it is edited. */
export type Curation = Omit<Schemas["Curation"], "when" | "rules" | "banners"> & { when: When; rules: Rule[]; banners: Banner[] };
export type CurationAnswer = Schemas["CurationAnswer"];
/** A search whose rules are those of a curation. */
export type RuledSearch = Omit<Schemas["SearchBody"], "rules"> & { rules?: Rule[] };

export function blank(query = ""): Curation {
  return { name: query, when: { queries: query ? [{ match: "is", text: query }] : [], surfaces: [], segments: [] }, rules: [], banners: [] };
}

/** The curation as somebody edits it: the draft, else what is published. */
export function edited(of: CurationAnswer): Curation {
  const { when, rules, banners, ...other } = of.draft ?? of.published ?? blank();
  const queries = (when?.queries ?? []).map(({ match, text }) => ({ match: (match ?? "is") as Matching, text }));
  return { ...other, when: { queries, surfaces: when?.surfaces ?? [], segments: when?.segments ?? [] }, rules: (rules ?? []) as unknown as Rule[], banners: banners ?? [] };
}

/** An id that can be read in an explanation, and is nobody else's. */
export function newId(name: string, random: () => number = Math.random): string {
  const words = name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40);
  const tail = Math.floor(random() * 36 ** 5).toString(36).padStart(5, "0");
  return [words || "curation", tail].join("-");
}

/** As it is sent: without empty texts and names. */
export function tidy(of: Curation): Curation {
  const banners = of.banners.filter((one) => one.title.trim()).map((one) => said({ ...one, title: one.title.trim() }));
  const when = { ...of.when, segments: of.when.segments.map((one) => one.trim()).filter(Boolean) };
  return said({ ...of, name: of.name.trim(), when, banners });
}

function said<T extends object>(of: T): T {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== "" && value !== null && value !== undefined)) as T;
}

export const isPin = (rule: Rule): rule is Extract<Rule, { pin: unknown }> => "pin" in rule;

/** Item → place, of what is pinned. */
export function pins(rules: readonly Rule[]): Map<string, number> {
  return new Map(rules.filter(isPin).map(({ pin }) => [pin.item, pin.position]));
}

/**
 * Pins the item at a place. Where it was pinned above, the pins between move up into the place it leaves; otherwise what is
 * pinned there, and right below, makes room.
 */
export function pinAt(rules: readonly Rule[], item: string, position: number): Rule[] {
  const places = pins(rules);
  const to = Math.max(1, position);
  const from = places.get(item);
  places.delete(item);
  if (from !== undefined && from < to) {
    for (const [other, at] of places) if (at > from && at <= to) places.set(other, at - 1);
    return withPins(rules, places.set(item, to));
  }
  let [moving, place] = [item, to];
  for (;;) {
    const there = [...places].find(([, at]) => at === place)?.[0];
    places.set(moving, place);
    if (there === undefined) return withPins(rules, places);
    [moving, place] = [there, place + 1];
  }
}

/** Items in the order that pins give them: each pin at its place, the others around them as they are. */
export function arranged<T extends { id: string }>(items: readonly T[], rules: readonly Rule[]): T[] {
  const places = pins(rules);
  const order = items.filter((one) => !places.has(one.id));
  const pinned = items.filter((one) => places.has(one.id)).sort((a, b) => places.get(a.id)! - places.get(b.id)!);
  for (const one of pinned) order.splice(places.get(one.id)! - 1, 0, one);
  return order;
}

export function unpin(rules: readonly Rule[], item: string): Rule[] {
  return rules.filter((rule) => !isPin(rule) || rule.pin.item !== item);
}

function withPins(rules: readonly Rule[], places: ReadonlyMap<string, number>): Rule[] {
  const pinned = [...places].sort((a, b) => a[1] - b[1]).map(([item, position]): Rule => ({ pin: { item, position } }));
  return [...pinned, ...rules.filter((rule) => !isPin(rule))];
}

export type Treatment = "boost" | "bury" | "hide";
export const FACTOR = 2;

/** What a rule other than a pin does, and to which items. */
export function treated(rule: Rule): { how: Treatment; filter: string; factor?: number } | null {
  if ("boost" in rule) return { how: "boost", ...rule.boost };
  if ("bury" in rule) return { how: "bury", ...rule.bury };
  if ("hide" in rule) return { how: "hide", ...rule.hide };
  return null;
}

/** How the items of this very filter are treated. */
export function treatmentOf(rules: readonly Rule[], filter: string): Treatment | null {
  return rules.map(treated).find((one) => one?.filter === filter)?.how ?? null;
}

/** Treats the items of a filter so; once more so takes it back. A hidden or buried item is not pinned. */
export function treat(rules: readonly Rule[], how: Treatment, filter: string): Rule[] {
  const others = rules.filter((rule) => treated(rule)?.filter !== filter);
  if (treatmentOf(rules, filter) === how) return others;
  const kept = how === "boost" ? others : others.filter((rule) => !isPin(rule) || itemIs(rule.pin.item) !== filter);
  return [...kept, how === "boost" ? { boost: { filter, factor: FACTOR } } : how === "bury" ? { bury: { filter } } : { hide: { filter } }];
}

/** A text in a filter expression. */
export function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

export const itemIs = (id: string): string => `id = ${quoted(id)}`;
export const brandIs = (brand: string): string => `brand = ${quoted(brand)}`;
export const categoryIs = (path: readonly string[]): string => `category under ${quoted(path.join(" > "))}`;

/** The text that a filter such as `id = "…"` names; null for any other. */
export function namedBy(filter: string, attribute: "id" | "brand" | "category"): string | null {
  const found = new RegExp(`^${attribute} (?:=|under) "((?:[^"\\\\]|\\\\.)*)"$`).exec(filter);
  return found ? found[1]!.replace(/\\(.)/g, "$1") : null;
}

/** Where each of `after` came from: places up (more than 0) or down, or `null` where it was not shown. */
export function moves(before: readonly string[], after: readonly string[]): Map<string, number | null> {
  const places = new Map(before.map((id, at) => [id, at] as const));
  return new Map(after.map((id, at) => [id, places.has(id) ? places.get(id)! - at : null] as const));
}
