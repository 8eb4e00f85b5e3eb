// Places on the earth: around, in boxes as a map asks for them, in polygons.
import assert from "node:assert/strict";
import test from "node:test";
import { index, lite, page, until } from "./shop.mjs";

const stores = [
  { objectID: "paris", name: "Paris", _geoloc: { lat: 48.8566, lng: 2.3522 } },
  { objectID: "versailles", name: "Versailles", _geoloc: { lat: 48.8049, lng: 2.1204 } },
  { objectID: "berlin", name: "Berlin", _geoloc: { lat: 52.52, lng: 13.405 } },
  { objectID: "shanghai", name: "上海", _geoloc: { lat: 31.2304, lng: 121.4737 } },
  { objectID: "suva", name: "Suva", _geoloc: { lat: -18.1416, lng: 178.4415 } },
];

test("places", async () => {
  const shop = await index("own_places", { searchableAttributes: ["name"] }, stores);
  assert.deepEqual((await shop.found({ query: "", aroundLatLng: "48.86,2.34" })).slice(0, 3), ["paris", "versailles", "berlin"]);
  assert.deepEqual(await shop.found({ query: "", aroundLatLng: "48.86,2.34", aroundRadius: 30000 }), ["paris", "versailles"]);
  assert.deepEqual(await shop.found({ query: "", insidePolygon: [[48.9, 2.2, 48.9, 2.5, 48.8, 2.5, 48.8, 2.2]] }), ["paris"]);
  const two = [[53, 12, 53, 14, 51, 13], [32, 121, 32, 122, 30, 121.5]];
  assert.deepEqual((await shop.found({ query: "", insidePolygon: two })).sort(), ["berlin", "shanghai"]);
  assert.deepEqual(await shop.found({ query: "", insideBoundingBox: [[-10, 179.9, -20, 178]] }), ["suva"]);
  await assert.rejects(shop.ask({ query: "", insidePolygon: [[1, 2, 3, 4]] }), (error) => error.status === 400);

  const { instantsearch, connectors } = await page("");
  const search = instantsearch({ indexName: shop.name, searchClient: lite(), insights: false, future: { preserveSharedStateOnUnmount: true } });
  let shown = { items: [] };
  search.addWidgets([connectors.connectGeoSearch((state) => (shown = state))({})]);
  search.start();
  await until("all on the map", () => shown.items.length === 5);
  shown.refine({ northEast: { lat: 49, lng: 2.5 }, southWest: { lat: 48.7, lng: 2 } });
  await until("those in the box", () => shown.items.length === 2);
  assert.deepEqual(shown.items.map((item) => item.objectID).sort(), ["paris", "versailles"]);
  search.dispose();
});
