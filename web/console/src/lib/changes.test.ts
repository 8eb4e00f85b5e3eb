import { expect, test } from "vitest";
import { isAbout, laidOut, nameOf, undoable, type Change } from "./changes";

const change = (more: Partial<Change>): Change => ({ id: 1, time_ms: 0, by: { key: "k", name: "n" }, kind: "curation", what: "boots-1", action: "saved", can_undo: true, ...more });

test("a change is found by what it is about", () => {
  expect(isAbout(change({}), "curation", "boots-1")).toBe(true);
  expect(isAbout(change({ what: "Boots", after: { id: "boots-1" } }), "curation", "boots-1")).toBe(true);
  expect(isAbout(change({ kind: "settings" }), "curation", "boots-1")).toBe(false);
});

test("a change is called by the name of the thing", () => {
  expect(nameOf(change({ after: { name: "Winter" } }))).toBe("Winter");
  expect(nameOf(change({ before: { draft: { name: "冬" } }, after: null }))).toBe("冬");
  expect(nameOf(change({ after: { rules: [] } }))).toBe("boots-1");
});

test("what was changed again since is taken back later", () => {
  const [undone, second, first] = [change({ id: 3, action: "undone", before: 2, after: 1 }), change({ id: 2, before: 1, after: 2 }), change({ id: 1, after: 1 })];
  expect([...undoable([second, first])]).toEqual([2]);
  expect([...undoable([undone, second, first])]).toEqual([3, 1]);
  expect([...undoable([second, change({ id: 0, what: "other", after: 9 }), change({ id: -1, what: "kept", can_undo: false })])]).toEqual([2, 0]);
});

test("documents are laid out with their keys in order", () => {
  expect(laidOut({ b: 1, a: [{ d: 1, c: 2 }] })).toBe(laidOut({ a: [{ c: 2, d: 1 }], b: 1 }));
  expect([laidOut(undefined), laidOut(null)]).toEqual(["", ""]);
});
