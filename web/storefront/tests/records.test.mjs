// Records that change by parts, are read page by page and go by what they are.
import assert from "node:assert/strict";
import test from "node:test";
import { admin, index } from "./shop.mjs";

test("records change by parts and are browsed", async () => {
  const many = Array.from({ length: 25 }, (_, at) => ({ objectID: `n${String(at).padStart(2, "0")}`, name: at % 2 ? `Tea ${at}` : `茶叶 ${at}`, stock: at, tags: ["tea"] }));
  const shop = await index("own_records", { searchableAttributes: ["name"], attributesForFaceting: ["tags"] }, many);
  const indexName = shop.name;
  const change = (objectID, attributesToUpdate, createIfNotExists) =>
    admin.partialUpdateObject({ indexName, objectID, attributesToUpdate, createIfNotExists });
  await change("n01", { stock: { _operation: "Increment", value: 4 }, tags: { _operation: "Add", value: "new" } });
  await change("n02", { stock: { _operation: "Decrement", value: 1 }, tags: { _operation: "AddUnique", value: "tea" } });
  await change("n03", { tags: { _operation: "Remove", value: "tea" }, stock: { _operation: "IncrementSet", value: 50 } });
  await change("nobody", { name: "ghost" }, false);
  await change("fresh", { name: "新茶" });
  const get = async (objectID) => admin.getObject({ indexName, objectID });
  assert.deepEqual(await get("n01"), { ...many[1], stock: 5, tags: ["tea", "new"] });
  assert.deepEqual(await get("n02"), { ...many[2], stock: 1 });
  assert.deepEqual(await get("n03"), { ...many[3], stock: 50, tags: [] });
  await assert.rejects(get("nobody"), (error) => error.status === 404);
  assert.deepEqual(await shop.found({ query: "新茶" }), ["fresh"]);
  assert.deepEqual((await shop.ask({ query: "", facets: ["tags"], hitsPerPage: 0 })).facets, { tags: { tea: 24, new: 1 } });

  const browse = async (browseParams) => {
    const pages = [];
    await admin.browseObjects({ indexName, browseParams, aggregator: (page) => pages.push(page) });
    return pages;
  };
  const pages = await browse({ hitsPerPage: 10 });
  assert.deepEqual(pages.map((page) => page.hits.length), [10, 10, 6]);
  assert.equal(new Set(pages.flatMap((page) => page.hits.map((hit) => hit.objectID))).size, 26);
  const cheap = (await browse({ hitsPerPage: 3, filters: "stock < 5" })).flatMap((page) => page.hits.map((hit) => hit.objectID));
  assert.deepEqual(cheap.sort(), ["n00", "n02", "n04"]);
  await admin.deleteBy({ indexName, deleteByParams: { filters: "stock >= 10" } });
  assert.equal((await shop.ask({ query: "" })).nbHits, 10);
});
