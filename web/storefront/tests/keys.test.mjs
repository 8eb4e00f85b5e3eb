// A key made of another one holds its holder, whatever is asked.
import assert from "node:assert/strict";
import test from "node:test";
import { base, index, shopper } from "./shop.mjs";

const plans = [
  { objectID: "k1", name: "Plan of Anna", owner: "anna", secret: "a", _geoloc: { lat: 48.85, lng: 2.35 } },
  { objectID: "k2", name: "Plan of Ben", owner: "ben", secret: "b", _geoloc: { lat: 52.52, lng: 13.4 } },
  { objectID: "k3", name: "安娜的计划", owner: "anna", secret: "c", _geoloc: { lat: 31.23, lng: 121.47 } },
];

test("a secured key cannot be escaped", async () => {
  const shop = await index("own_keys", { attributesForFaceting: ["owner"], searchableAttributes: ["name"] }, plans);
  const key = (restrictions) => shopper(shopper().generateSecuredApiKey({ parentApiKey: "search-key", restrictions }));
  const anna = key({ filters: "owner:anna" });
  assert.deepEqual((await shop.found({ query: "" }, anna)).sort(), ["k1", "k3"]);
  assert.deepEqual(await shop.found({ query: "", filters: "owner:ben" }, anna), []);
  assert.deepEqual((await shop.found({ query: "", filters: "owner:ben OR owner:anna" }, anna)).sort(), ["k1", "k3"]);
  for (const filters of ["owner:ben) OR (owner:ben", "owner:x)) OR ((owner:ben", "owner:ben OR (owner:ben"]) {
    await assert.rejects(shop.ask({ query: "", filters }, anna), (error) => error.status === 400, filters);
  }
  assert.deepEqual(await shop.found({ query: "plan", facetFilters: [["owner:ben", "owner:anna"]] }, anna), ["k1"]);
  const seen = [];
  await anna.browseObjects({ indexName: shop.name, browseParams: { hitsPerPage: 1 }, aggregator: (page) => seen.push(...page.hits) });
  assert.deepEqual(seen.map((one) => one.objectID).sort(), ["k1", "k3"]);
  await assert.rejects(anna.getObject({ indexName: shop.name, objectID: "k2" }), (error) => error.status === 403);
  const counted = await shop.ask({ query: "", facets: ["owner"] }, anna);
  assert.deepEqual(counted.facets, { owner: { anna: 2 } });

  const paris = key({ insidePolygon: [[49.5, 1, 49.5, 4, 48, 4, 48, 1]] });
  assert.deepEqual(await shop.found({ query: "", insideBoundingBox: [[90, 180, -90, -180]] }, paris), ["k1"]);
  await assert.rejects(shop.ask({ query: "" }, key({ filters: "owner:anna", validUntil: 1 })), (error) => error.status === 403);
  await assert.rejects(shop.ask({ query: "" }, key({ restrictIndices: ["other"] })), (error) => error.status === 403);
  assert.equal((await fetch(`${base}/1/indexes/${shop.name}/k2`)).status, 403, "without a key");
});
