import type { Schemas } from "../api/client";

/** A change of something that the shop decides; how it was and is may be any document. */
export type Change = Omit<Schemas["ChangeAnswer"], "before" | "after"> & { before?: unknown; after?: unknown };

/** Whether a change of the audit is about this very thing, by its id. */
export function isAbout(change: Change, kind: string, id: string): boolean {
  return change.kind === kind && (change.what === id || idOf(change.after) === id || idOf(change.before) === id);
}

function idOf(of: unknown): unknown {
  return of && typeof of === "object" ? (of as { id?: unknown }).id : undefined;
}

/** What a change is called by people: the name that the thing has, else its id. */
export function nameOf(change: Change): string {
  return named(change.after) ?? named(change.before) ?? change.what;
}

function named(of: unknown): string | null {
  if (!of || typeof of !== "object") return null;
  const { name, draft, published } = of as { name?: unknown; draft?: unknown; published?: unknown };
  return typeof name === "string" && name ? name : (named(draft) ?? named(published));
}

/**
 * The changes that can be taken back as things stand: those after which the thing was as it is now. What was changed again since
 * must be taken back first.
 */
export function undoable(changes: readonly Change[]): Set<number> {
  const now = new Map<string, string>();
  const free = new Set<number>();
  for (const one of changes) {
    const [thing, after] = [`${one.kind} ${one.what}`, JSON.stringify(one.after)];
    if (!now.has(thing)) now.set(thing, after);
    if (one.can_undo && now.get(thing) === after) free.add(one.id);
  }
  return free;
}

/** JSON whose keys are in order, so that two versions can be laid side by side; nothing where there is nothing. */
export function laidOut(value: unknown): string {
  return value === undefined || value === null ? "" : JSON.stringify(inOrder(value), null, 2);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, inOrder(inner)]));
}
