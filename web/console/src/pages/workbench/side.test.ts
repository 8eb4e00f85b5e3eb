import { expect, test } from "vitest";
import { AS_SHOP, changes, fieldOf, request } from "./side";

test("a side says only what differs from the shop", () => {
  expect(request(AS_SHOP, "红裙", [])).toEqual({ query: "红裙", limit: 20, understanding: { off: [], without: [] }, explain: true, record: false });
  const side = { ...AS_SHOP, method: "lexical", cutoff: "0,5", off: ["spelling"], json: '{"weights": {"words": 2}}' };
  expect(request(side, "x", ["a"])).toMatchObject({ method: "lexical", cutoff: 0.5, weights: { words: 2 }, understanding: { off: ["spelling"], without: ["a"] } });
  expect([changes(AS_SHOP), changes(side)]).toEqual([0, 4]);
});

test("nothing tried out is logged or asks something else, whatever the JSON says", () => {
  const side = { ...AS_SHOP, json: '{"record": true, "explain": false, "query": "other"}' };
  expect(request(side, "x", [])).toMatchObject({ record: false, explain: true, query: "x" });
  expect(() => request({ ...AS_SHOP, json: "{" }, "x", [])).toThrow(SyntaxError);
});

test("an error finds its field", () => {
  const at = (field: string) => fieldOf({ field });
  expect([at("cutoff"), at("understanding.off[0]"), at("rules[0].boost"), at("weights.words"), at("")]).toEqual(["cutoff", "off", "json", "json", ""]);
  expect(request({ ...AS_SHOP, depth: "many" }, "x", [])).toMatchObject({ depth: "many" });
});
