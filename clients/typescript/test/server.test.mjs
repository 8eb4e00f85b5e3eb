// Every part of the client against a real server, in English and Chinese.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ApiError, Mercato, NetworkError } from "@mercato/client";
import { eventually, skip, start } from "./server.mjs";

const ITEMS = [
  { id: "boots-1", title: "Waterproof hiking boots", brand: "Nordtal", price: { amount: 89.9, currency: "EUR" } },
  { id: "boots-2", title: "Leather winter boots", brand: "Kappl", price: { amount: 129, currency: "EUR" } },
  { id: "裙-1", title: "红色连衣裙", brand: "小雅", price: { amount: 45, currency: "EUR" } },
  { id: "裙-2", title: { zh: "蓝色半身裙", en: "Blue skirt" }, brand: "小雅" },
];

describe("against a server", { skip }, () => {
  let server, client, shop;

  before(async () => {
    server = await start();
    client = new Mercato({ url: server.url, key: server.key });
    await client.shops.create({ id: "gifts", settings: { encoders: [] } });
    shop = client.shop("gifts");
    assert.equal((await shop.items.putMany(ITEMS)).accepted, 4);
    await eventually(() => shop.search({ query: "红色连衣裙" }), (slate) => slate.total > 0);
  });

  after(() => server?.stop());

  test("the server is ready and has the shop", async () => {
    assert.equal((await client.ready()).status, "ready");
    assert.deepEqual((await client.shops.list()).shops.map((one) => one.id), ["gifts"]);
    assert.equal((await client.shops.get("gifts")).id, "gifts");
  });

  test("searches find English and Chinese, with filter and facets", async () => {
    const boots = await shop.search({ query: "hiking boots", facets: ["brand"], limit: 5 });
    assert.equal(boots.items[0].id, "boots-1");
    assert.equal(boots.facets[0].attribute, "brand");
    const dress = await shop.search({ query: "红色连衣裙" });
    assert.equal(dress.items[0].id, "裙-1");
    const cheap = await shop.search({ query: "boots", filter: "price < 100" });
    assert.deepEqual(cheap.items.map((item) => item.id), ["boots-1"]);
  });

  test("items are read, changed and deleted", async () => {
    assert.equal((await shop.items.get("裙-1")).title, "红色连衣裙");
    assert.equal((await shop.items.put("hat-1", { title: "Felt hat" })).accepted, 1);
    await shop.items.patch("hat-1", { price: { amount: 20, currency: "EUR" } });
    assert.equal((await shop.items.get("hat-1")).price.amount, 20);
    await shop.items.batch([{ patch: { id: "hat-1", price: null } }, { put: { id: "hat-2", title: "草帽" } }]);
    const ids = [];
    for await (const item of shop.items.all()) ids.push(item.id);
    assert.deepEqual(ids.sort(), ["boots-1", "boots-2", "hat-1", "hat-2", "裙-1", "裙-2"].sort());
    assert.equal((await shop.items.list({ limit: 2 })).items.length, 2);
    await shop.items.delete("hat-1");
    await shop.items.delete("hat-2");
    await assert.rejects(shop.items.get("hat-1"), { status: 404 });
  });

  test("events are taken once, in our form and that of others, and a user is forgotten", async () => {
    const slate = await shop.search({ query: "连衣裙", user: "小红" });
    const click = { event_id: "c-1", type: "click", item: "裙-1", query_id: slate.query_id, user: "小红", position: 1 };
    assert.deepEqual(pick(await shop.events.append(click)), { accepted: 1, duplicates: 0 });
    assert.deepEqual(pick(await shop.events.append([click])), { accepted: 0, duplicates: 1 });
    const call = { type: "track", messageId: "m-1", anonymousId: "a-1", event: "Product Viewed", properties: { product_id: "boots-1" } };
    assert.equal((await shop.events.appendAs("segment", [call])).format, "segment");
    assert.ok((await shop.events.log({ limit: 1000 })).events.length > 4);
    assert.equal((await shop.eraseUser("小红")).accepted, 1);
  });

  test("recommendations, suggestions, readings and explanations", async () => {
    await shop.events.append([{ type: "view", item: "boots-1", user: "ann" }, { type: "view", item: "boots-2", user: "ann" }]);
    assert.ok((await shop.recommend({ kind: "popular", limit: 3 })).items.length > 0);
    assert.ok(Array.isArray((await shop.suggest({ q: "boo" })).suggestions));
    assert.equal((await shop.understand({ query: "红色连衣裙" })).language, "zh");
    assert.ok((await shop.explain({ item: "boots-1", search: { query: "boots" } })) instanceof Object);
    assert.ok((await shop.queries()) instanceof Object);
    assert.ok((await shop.reviews()) instanceof Object);
    assert.ok((await shop.items.reviews("boots-1")) instanceof Object);
  });

  test("settings and synonyms", async () => {
    const settings = await shop.settings.get();
    assert.equal((await shop.settings.set({ ...settings, diversity: 0.25 })).diversity, 0.25);
    const synonyms = await shop.synonyms();
    assert.deepEqual(await shop.setSynonyms(synonyms), synonyms);
  });

  test("experiments are flags over OFREP", async () => {
    const arms = [{ name: "control" }, { name: "varied", changes: { diversity: 0.5 } }];
    const experiment = await shop.experiments.start({ id: "variety", arms });
    assert.equal(experiment.id, "variety");
    assert.equal((await shop.experiments.list()).experiments.length, 1);
    const flag = await shop.flags.get("variety", { targetingKey: "小红" });
    assert.ok(["control", "varied"].includes(flag.variant), flag.variant);
    assert.equal((await shop.flags.all({ targetingKey: "小红" })).flags[0].variant, flag.variant);
    await assert.rejects(shop.flags.get("nothing", { targetingKey: "a" }), { status: 404, code: "FLAG_NOT_FOUND" });
    assert.ok((await shop.experiments.report("variety")) instanceof Object);
    assert.ok((await shop.experiments.stop("variety", {})).ended);
  });

  test("a key opens what its scope says", async () => {
    const { key, id } = await shop.keys.create({ name: "storefront 店面", scope: "search" });
    const front = new Mercato({ url: server.url, key }).shop("gifts");
    assert.ok((await front.search({ query: "boots" })).total > 0);
    await assert.rejects(front.items.delete("boots-1"), { status: 403, code: "key_scope" });
    assert.ok((await shop.keys.list()).keys.some((one) => one.id === id));
    assert.equal(await shop.keys.delete(id), undefined);
    await assert.rejects(front.search({}), { status: 401, code: "key_unknown" });
  });

  test("errors carry the envelope", async () => {
    await assert.rejects(shop.search({ query: "boots", limit: 0 }), (error) => {
      assert.ok(error instanceof ApiError);
      const { status, code, field, got, docs } = error;
      assert.deepEqual({ status, code, field, got, docs }, {
        status: 422, code: "limit_out_of_range", field: "limit", got: "0", docs: "/errors#limit_out_of_range",
      });
      return /1 to 1000/.test(error.expected) && error.message.includes("limit") && error.traceId.length > 8;
    });
    await assert.rejects(shop.events.append([{ type: "view", item: "a" }, { type: "vieew" }]), (error) => {
      assert.deepEqual([error.code, error.rowsRefused, error.rows[0].row], ["rows_refused", 1, 2]);
      return true;
    });
    await assert.rejects(client.shop("nothing").search({ query: "x" }), { status: 404, code: "unknown_shop" });
  });

  test("every other route is reached by its path", async () => {
    const stats = await client.request("get", "/v1/{shop}/stats", { path: { shop: "gifts" } });
    assert.equal(stats.items, 4);
    const metrics = await client.request("get", "/metrics", {});
    assert.match(metrics, /mercato_items/);
  });

  test("a server that is not there is a network error", async () => {
    const nobody = new Mercato({ url: "http://127.0.0.1:1", retries: 1, backoffMs: 1 });
    await assert.rejects(nobody.ready(), (error) => error instanceof NetworkError && /ECONNREFUSED|bad port/.test(error.message));
  });
});

function pick({ accepted, duplicates }) {
  return { accepted, duplicates };
}
