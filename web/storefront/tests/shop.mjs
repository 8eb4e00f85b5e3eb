// What the scenarios share: clients of a running server, indices of their own, and a page for widgets.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { algoliasearch } from "algoliasearch";
import { liteClient } from "algoliasearch/lite";

const address = process.env.STOREFRONT_URL;
assert.ok(address, "STOREFRONT_URL: the address of a server with the keys admin-key and search-key");
const { hostname, port, protocol } = new URL(address);
const hosts = [{ url: hostname, port: Number(port), accept: "readWrite", protocol: protocol.replace(":", "") }];

// A machine that builds something beside may be slow to answer.
const options = { hosts, timeouts: { connect: 10_000, read: 20_000, write: 60_000 } };

export const admin = algoliasearch("shop", "admin-key", options);
export const shopper = (key = "search-key") => algoliasearch("shop", key, options);
export const lite = () => liteClient("shop", "search-key", options);
export const base = address.replace(/\/$/, "");

// An index with these settings and records, ready to be searched.
export async function index(name, indexSettings, objects) {
  await admin.setSettings({ indexName: name, indexSettings });
  await admin.saveObjects({ indexName: name, objects, waitForTasks: true });
  return {
    name,
    ask: (searchParams, client = shopper()) => client.searchSingleIndex({ indexName: name, searchParams }),
    found: async (searchParams, client = shopper()) =>
      (await client.searchSingleIndex({ indexName: name, searchParams })).hits.map((hit) => hit.objectID),
    rules: (rules) => admin.saveRules({ indexName: name, rules, clearExistingRules: true }),
  };
}

// A page in which widgets run. Their CommonJS build is the one for Node.js.
export async function page(html) {
  const { JSDOM } = await import("jsdom");
  const { window } = new JSDOM(`<!doctype html><body>${html}</body>`, { url: "http://shop.example.test/", pretendToBeVisual: true });
  const shared = ["document", "navigator", "location", "HTMLElement", "Element", "Node", "Event", "CustomEvent",
    "DocumentFragment", "MutationObserver", "localStorage", "getComputedStyle", "requestAnimationFrame", "cancelAnimationFrame"];
  for (const [name, value] of [["window", window], ...shared.map((name) => [name, window[name]])]) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  window.Element.prototype.scrollIntoView = () => {};
  const require = createRequire(import.meta.url);
  const instantsearch = require("instantsearch.js");
  return {
    instantsearch: instantsearch.default ?? instantsearch,
    widgets: require("instantsearch.js/cjs/widgets"),
    connectors: require("instantsearch.js/cjs/connectors"),
    texts: (selector) => [...window.document.querySelectorAll(selector)].map((one) => one.textContent.replace(/\s+/g, " ").trim()),
  };
}

export async function until(what, holds, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await holds();
    if (value) return value;
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
