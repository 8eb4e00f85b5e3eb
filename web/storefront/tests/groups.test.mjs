// Variants: one or several of a group, counts of the best of each; words of grammar and signs; recommendations and events.
import assert from "node:assert/strict";
import test from "node:test";
import { base, index, shopper } from "./shop.mjs";

const shirts = [
  { objectID: "g1", name: "Linen shirt white", model: "linen", color: "white", order: 5 },
  { objectID: "g2", name: "Linen shirt blue", model: "linen", color: "blue", order: 4 },
  { objectID: "g3", name: "Linen shirt black", model: "linen", color: "black", order: 3 },
  { objectID: "g4", name: "Cotton shirt white", model: "cotton", color: "white", order: 2 },
  { objectID: "g5", name: "棉麻衬衫", model: "mixed", color: "白色", order: 1 },
];

test("variants, signs and joins", async () => {
  const shop = await index("own_groups", { searchableAttributes: ["name"], attributesForFaceting: ["color"], attributeForDistinct: "model", customRanking: ["desc(order)"] }, shirts);
  assert.deepEqual(await shop.found({ query: "shirt", distinct: 1 }), ["g1", "g4"]);
  assert.deepEqual(await shop.found({ query: "shirt", distinct: 2 }), ["g1", "g2", "g4"]);
  assert.deepEqual(await shop.found({ query: "shirt", distinct: 3, hitsPerPage: 1 }), ["g1", "g2", "g3"]);
  const counts = async (params) => (await shop.ask({ query: "shirt", facets: ["color"], distinct: true, ...params })).facets.color;
  assert.deepEqual(await counts({}), { white: 2, black: 1, blue: 1 });
  assert.deepEqual(await counts({ facetingAfterDistinct: true }), { white: 2 });
  assert.deepEqual(await shop.found({ query: '"linen shirt" -blue', advancedSyntax: true }), ["g1", "g3"]);
  assert.deepEqual(await shop.found({ query: "a shirt of cotton", removeStopWords: true }), ["g4"]);
  assert.deepEqual(await shop.found({ query: "a shirt of cotton" }), []);

  const requests = [{ indexName: shop.name, model: "trending-items", threshold: 0, queryParameters: { clickAnalytics: true, userToken: "u-7" } }];
  const headers = { "x-algolia-api-key": "search-key", "x-algolia-application-id": "shop" };
  const post = (path, body) => fetch(`${base}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const told = (await (await post("/1/indexes/*/recommendations", { requests })).json()).results[0];
  assert.match(told.queryID, /^[0-9a-f]{32}$/);
  const click = { eventType: "click", eventName: "Trending clicked", index: shop.name, userToken: "u-7", objectIDs: [told.hits[0].objectID], positions: [1], queryID: told.queryID };
  assert.equal((await post("/1/events", { events: [click] })).status, 200);
  await assert.rejects(shopper("wrong").searchSingleIndex({ indexName: shop.name }), (error) => error.status === 403);
});
