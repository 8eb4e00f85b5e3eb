// Rules: by schedule, by context, by values of facets in the query; what they pin, redirect and tell.
import assert from "node:assert/strict";
import test from "node:test";
import { admin, index, shopper } from "./shop.mjs";

const bikes = [
  { objectID: "r1", name: "City bike", brand: "Velo", color: "red", price: 400, order: 4 },
  { objectID: "r2", name: "Road bike", brand: "Velo", color: "blue", price: 900, order: 3 },
  { objectID: "r3", name: "Mountain bike", brand: "Gipfel Sport", color: "red", price: 1200, order: 2 },
  { objectID: "r4", name: "折叠自行车", brand: "飞鸽", color: "红色", price: 300, order: 1 },
];

test("rules act where their conditions hold", async () => {
  const shop = await index("own_rules", { searchableAttributes: ["name", "brand"], attributesForFaceting: ["brand", "color"], customRanking: ["desc(order)"] }, bikes);
  const now = Math.floor(Date.now() / 1000);
  const contains = (pattern) => [{ pattern, anchoring: "contains" }];
  const promote = (objectID) => ({ promote: [{ objectID, position: 0 }] });
  await shop.rules([
    { objectID: "past", conditions: contains("bike"), validity: [{ from: now - 200, until: now - 100 }], consequence: promote("r3") },
    { objectID: "present", conditions: contains("bike"), validity: [{ from: now - 100, until: now + 600 }], consequence: promote("r2") },
    { objectID: "future", conditions: contains("bike"), validity: [{ from: now + 600, until: now + 900 }], consequence: promote("r3") },
    { objectID: "vip", conditions: [{ context: "vip" }], consequence: { hide: [{ objectID: "r1" }], userData: { banner: "vip" } } },
    { objectID: "help", conditions: [{ pattern: "help", anchoring: "is" }],
      consequence: { params: { renderingContent: { redirect: { url: "https://shop.example.test/help" } } } } },
    { objectID: "brand", conditions: contains("{facet:brand}"),
      consequence: { params: { query: { edits: [{ type: "remove", delete: "{facet:brand}" }] }, automaticFacetFilters: ["brand"] } } },
  ]);
  const answer = await shop.ask({ query: "bike" });
  assert.deepEqual(answer.hits.map((hit) => hit.objectID), ["r2", "r1", "r3"]);
  assert.deepEqual(answer.appliedRules, [{ objectID: "present" }]);
  const vip = await shop.ask({ query: "bike", ruleContexts: ["vip"] });
  assert.deepEqual([vip.hits.map((hit) => hit.objectID), vip.userData], [["r2", "r3"], [{ banner: "vip" }]]);
  assert.deepEqual(await shop.found({ query: "bike", enableRules: false }), ["r1", "r2", "r3"]);
  assert.equal((await shop.ask({ query: "Help" })).renderingContent.redirect.url, "https://shop.example.test/help");
  assert.deepEqual((await shop.ask({ query: "help me" })).renderingContent, {});
  assert.deepEqual(await shop.found({ query: "gipfel sport bike" }), ["r3"]);
  assert.deepEqual(await shop.found({ query: "velo" }), ["r1", "r2"]);
  assert.deepEqual(await shop.found({ query: "飞鸽自行车" }), ["r4"]);
  const wrong = { objectID: "x", conditions: [{ pattern: "a", anchoring: "near" }], consequence: {} };
  await assert.rejects(admin.saveRule({ indexName: shop.name, objectID: "x", rule: wrong }), (error) => error.status === 400 && /anchoring/.test(error.message));
  assert.equal((await admin.searchRules({ indexName: shop.name, searchRulesParams: { query: "vip" } })).nbHits, 1);
  await assert.rejects(shopper().saveRule({ indexName: shop.name, objectID: "x", rule: { ...wrong, conditions: [] } }), (error) => error.status === 403);
});
