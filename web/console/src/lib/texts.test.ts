import { expect, test } from "vitest";
import { diff, hunks } from "./diff";
import { categoriesOf, titleOf, type ItemDocument } from "./item";
import { pieces } from "./marked";
import { ordered } from "./order";
import { address, parse } from "./place";

test("a highlight is text and matches, and markup in a title stays text", () => {
  expect(pieces("&lt;script&gt;alert(1)&lt;/script&gt; <em>boots</em> &amp; 鞋")).toEqual([
    { text: "<script>alert(1)</script> ", isMatch: false },
    { text: "boots", isMatch: true },
    { text: " & 鞋", isMatch: false },
  ]);
  expect(pieces("<em>红</em><em>裙</em>").map((piece) => piece.text)).toEqual(["红", "裙"]);
  expect(pieces("<img src=x>")).toEqual([{ text: "<img src=x>", isMatch: false }]);
});

test("lines that came and went", () => {
  const lines = diff("a\nb\nc\nd", "a\nc\nx\nd");
  expect(lines.map((line) => line.kind[0] + line.text)).toEqual(["sa", "gb", "sc", "nx", "sd"]);
  expect(diff("", "a").map((line) => line.kind)).toEqual(["new"]);
  const far = diff([..."abcdefgh"].join("\n"), [..."abcdefgH"].join("\n"));
  expect(hunks(far, 1).map((line) => line?.text ?? "…")).toEqual(["…", "g", "h", "H"]);
});

test("an address is read back, whatever the names", () => {
  const to = address("gifts", "catalogue", ["item", "裙/1?#"], { q: "a&b=红", after: "" });
  expect(parse(to)).toEqual({ shop: "gifts", section: "catalogue", rest: ["item", "裙/1?#"], query: { q: "a&b=红" } });
  expect(parse("")).toEqual({ shop: "", section: "overview", rest: [], query: {} });
  expect(parse("#/%E0%A4%A/x").shop).toBe("%E0%A4%A");
});

test("rows are ordered by size or as people order texts, what is missing last", () => {
  const by = (values: (string | number | null)[], down = false) => ordered(values, (value) => value, down);
  expect(by([10, 9, null, 100])).toEqual([9, 10, 100, null]);
  expect(by([10, null, 100], true)).toEqual([100, 10, null]);
  expect(by(["v10", "v9", null], true)).toEqual(["v10", "v9", null]);
});

test("an item's texts and categories, in all the ways that documents write them", () => {
  const categories = (category: unknown) => categoriesOf({ category } as ItemDocument);
  expect(categories(["Shoes", "Hiking"])).toEqual(["Shoes › Hiking"]);
  expect(categories([["Shoes", "Hiking"], ["Sale"]])).toEqual(["Shoes › Hiking", "Sale"]);
  expect([categories("Shoes"), categories(undefined), categories([])]).toEqual([["Shoes"], [], []]);
  expect([titleOf({ title: "a" }), titleOf({ title: { zh: "鞋", en: "shoe" } }), titleOf({ title: { zh: "鞋" } }), titleOf({})]).toEqual(["a", "shoe", "鞋", "(no title)"]);
});
