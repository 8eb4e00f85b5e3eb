import { expect, test } from "vitest";
import { arranged, blank, brandIs, categoryIs, itemIs, moves, namedBy, newId, pinAt, pins, tidy, treat, treatmentOf, unpin, type Rule } from "./curation";
import { applies } from "./matching";

const places = (rules: readonly Rule[]) => [...pins(rules)].map(([item, at]) => `${at}${item}`).join(" ");

test("a pin makes room where another stands, and no further", () => {
  let rules = pinAt([], "a", 1);
  rules = pinAt(rules, "b", 1);
  expect(places(rules)).toBe("1b 2a");
  rules = pinAt(rules, "c", 5);
  expect(places(pinAt(rules, "d", 1))).toBe("1d 2b 3a 5c");
  expect(places(pinAt(rules, "b", 2))).toBe("1a 2b 5c");
  expect(places(pinAt(rules, "b", 0))).toBe("1b 2a 5c");
});

test("a pin that moves down lets those between up", () => {
  const rules = ["c", "b", "a"].reduce((all, item) => pinAt(all, item, 1), [{ hide: { filter: "x" } }] as Rule[]);
  expect(places(rules)).toBe("1a 2b 3c");
  expect(places(pinAt(rules, "a", 3))).toBe("1b 2c 3a");
  expect(places(pinAt(rules, "b", 1))).toBe("1b 2a 3c");
  expect(places(pinAt(rules, "c", 4))).toBe("1a 2b 4c");
  expect(pinAt(rules, "a", 3)).toHaveLength(4);
  expect(places(unpin(rules, "a"))).toBe("2b 3c");
});

test("results stand where pins put them before the server says so", () => {
  const items = ["a", "b", "c", "d"].map((id) => ({ id }));
  const order = (rules: readonly Rule[]) => arranged(items, rules).map((one) => one.id).join("");
  expect([order([]), order(pinAt([], "c", 1)), order(pinAt(pinAt([], "d", 1), "a", 3)), order(pinAt([], "b", 9))]).toEqual(["abcd", "cabd", "dbac", "acdb"]);
});

test("a treatment is one of three, taken back by the same, and what is hidden is not pinned", () => {
  const pinned = pinAt([], "a", 1);
  const hidden = treat(pinned, "hide", itemIs("a"));
  expect(hidden).toEqual([{ hide: { filter: 'id = "a"' } }]);
  expect(treat(hidden, "hide", itemIs("a"))).toEqual([]);
  expect(treatmentOf(treat(hidden, "bury", itemIs("a")), itemIs("a"))).toBe("bury");
  expect(treat(pinned, "boost", itemIs("a"))).toHaveLength(2);
});

test("whatever a name holds stays one text of the filter", () => {
  expect(brandIs('O"Neill\\')).toBe('brand = "O\\"Neill\\\\"');
  expect(namedBy(brandIs('O"Neill\\'), "brand")).toBe('O"Neill\\');
  expect(namedBy(categoryIs(["鞋", "靴"]), "category")).toBe("鞋 > 靴");
  expect([namedBy("price < 3", "id"), namedBy('id = "a" or id = "b"', "id")]).toEqual([null, null]);
});

test("what moved, and what is new", () => {
  expect([...moves(["a", "b", "c"], ["c", "x", "a"])]).toEqual([["c", 2], ["x", null], ["a", -2]]);
});

test("a new curation begins with its query and is sent without empty texts", () => {
  expect(blank("红 裙").when.queries).toEqual([{ match: "is", text: "红 裙" }]);
  const sent = tidy({ ...blank(" boots "), filter: "", banners: [{ title: " Sale ", text: "" }, { title: " " }] });
  expect(sent).toMatchObject({ name: "boots", banners: [{ title: "Sale" }] });
  expect("filter" in sent || "text" in sent.banners[0]!).toBe(false);
  expect([newId("Winter boots!", () => 0), newId("羽绒服", () => 0.5)]).toEqual(["winter-boots-00000", expect.stringMatching(/^curation-\w{5}$/)]);
});

test("a curation applies to the searches it names, or to all", () => {
  const when = (match: "is" | "starts-with" | "ends-with" | "contains", text: string) => ({ queries: [{ match, text }], surfaces: [], segments: [] });
  expect(applies({ queries: [], surfaces: [], segments: [] }, "anything")).toBe(true);
  expect([applies(when("is", "羽绒服"), " 羽绒服 "), applies(when("is", "羽绒服"), "长羽绒服"), applies(when("is", ""), "")]).toEqual([true, false, true]);
  expect([applies(when("starts-with", "Red"), "red mug"), applies(when("ends-with", "mug"), "red mug"), applies(when("contains", "羽绒"), "轻薄羽绒服"), applies(when("contains", "shoe"), "red shoes"), applies(when("contains", ""), "x")]).toEqual([true, true, true, false, false]);
});
