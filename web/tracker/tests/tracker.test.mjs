// What the tracker tells of a page, and when it tells nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { page } from "./page.mjs";

const KEY = 'data-key="mk_1" data-currency="EUR"';
const LIST = `
  <ul data-mercato-query-id="q-1">
    <li data-mercato-item="boots-1"><a id="boots">Boots</a></li>
    <li data-mercato-item="裙-1" id="dress">红色连衣裙</li>
    <li data-mercato-item="hat-1" id="hat">Hat</li>
  </ul>`;
const OWN_LIST = '<div data-mercato-surface="home"><p data-mercato-item="a" id="a"></p><p data-mercato-item="b" id="b"></p></div>';

/** Events without what differs from run to run. */
function plain(events) {
  return events.map(({ event_id, time, anonymous, session, ...rest }) => {
    assert.ok(event_id && anonymous && session && !Number.isNaN(Date.parse(time)));
    return rest;
  });
}

test("an item is seen once half of it has been on screen for a second", () => {
  const one = page({ html: LIST, script: KEY });
  assert.equal(one.eyes.options.threshold, 0.5);
  one.show("#dress");
  one.pass(999);
  one.show("#dress", false);
  one.pass(5000);
  assert.deepEqual(one.sent, []);
  one.show("#dress");
  one.show("#hat");
  one.pass(1000);
  one.show("#hat", false);
  one.show("#hat");
  one.pass(1000);
  const [impression, ...others] = one.events();
  assert.deepEqual(others, []);
  assert.equal(impression.event_id, "impression-q-1", "the id under which the server logs the answer itself");
  const shown = [{ item: "裙-1", position: 2 }, { item: "hat-1", position: 3 }];
  assert.deepEqual(plain([impression]), [{ type: "impression", query_id: "q-1", surface: "search", shown }]);
});

test("nobody sees a page in the background", () => {
  const one = page({ html: LIST, script: KEY });
  one.hide();
  one.show("#dress");
  one.pass(10_000);
  assert.deepEqual(one.sent, []);
  one.hide(false);
  one.pass(1000);
  assert.equal(one.events().length, 1);
});

test("lists that the server did not answer get names of their own, which clicks tell", () => {
  const one = page({ html: OWN_LIST, script: KEY });
  one.show("#a");
  one.pass(1000);
  one.pass(3000);
  one.click("#b");
  one.click("#a");
  const [first, second, clickB, clickA] = one.events();
  assert.deepEqual([first.surface, first.shown, second.shown], ["home", [{ item: "a", position: 1 }], [{ item: "b", position: 2 }]]);
  assert.notEqual(first.query_id, second.query_id);
  assert.deepEqual([clickB.query_id, clickA.query_id], [second.query_id, first.query_id]);
});

test("a click tells item, place and answer, after the impression it follows from", () => {
  const one = page({ html: LIST, script: KEY });
  one.click("#boots");
  const [impression, click] = plain(one.events());
  assert.equal(impression.type, "impression");
  assert.deepEqual(click, { type: "click", item: "boots-1", position: 1, query_id: "q-1" });
  one.click("ul");
  assert.equal(one.events().length, 2);
});

test("a product page is a view, once, and items that come later are seen, too", async () => {
  const one = page({ html: '<main data-mercato-view="boots-1" data-mercato-surface="product"></main>', script: KEY });
  one.window.document.body.insertAdjacentHTML("beforeend", LIST);
  await new Promise((resolve) => setTimeout(resolve, 0));
  one.show("#hat");
  one.pass(1000);
  assert.deepEqual(plain(one.events()).map(({ type, item, surface }) => [type, item, surface]), [
    ["view", "boots-1", "product"],
    ["impression", undefined, "search"],
  ]);
});

test("carts and purchases, with what they cost; a purchase told again is the same event", () => {
  const one = page({ script: `${KEY} data-user="u-1"` });
  one.mercato("cart", { item: "boots-1", quantity: 2, price: 2.95, query_id: "q-1" });
  const order = { order: 77, currency: "GBP", items: [{ item: "裙-1", quantity: 3, price: 0.1 }, { item: 12 }] };
  one.mercato("purchase", order);
  one.mercato("purchase", order);
  one.mercato("purchase", { item: "hat-1", price: 20 });
  one.mercato("cart", {});
  one.mercato("user", "u-2");
  one.mercato("custom:wishlist", { item: "hat-1" });
  const events = one.events();
  const user = "u-1";
  assert.deepEqual(plain(events), [
    { type: "add-to-cart", item: "boots-1", quantity: 2, value: { amount: 5.9, currency: "EUR" }, query_id: "q-1", user },
    ...[0, 1].flatMap(() => [
      { type: "purchase", item: "裙-1", quantity: 3, value: { amount: 0.3, currency: "GBP" }, user },
      { type: "purchase", item: "12", user },
    ]),
    { type: "purchase", item: "hat-1", value: { amount: 20, currency: "EUR" }, user },
    { type: "custom:wishlist", item: "hat-1", user: "u-2" },
  ]);
  assert.deepEqual([events[1].event_id, events[2].event_id], ["order-77-裙-1", "order-77-12"]);
  assert.deepEqual([events[3].event_id, events[4].event_id], ["order-77-裙-1", "order-77-12"]);
  assert.equal(new Set(events.map((event) => event.event_id)).size, events.length - 2);
});

test("calls that came before the script are heard", () => {
  const before = (window) => {
    window.eval("mercato = function () { (mercato.q = mercato.q || []).push(arguments) }; mercato('cart', { item: 'a' })");
  };
  assert.deepEqual(plain(page({ script: KEY, before }).events()), [{ type: "add-to-cart", item: "a" }]);
});

test("events go together, as plain text by a beacon with the key, and when the page is left", () => {
  const one = page({ script: KEY });
  for (let count = 0; count < 60; count++) one.mercato("view", { item: `i-${count}` });
  assert.deepEqual(one.sent, []);
  one.hide();
  assert.deepEqual(one.sent.map(({ by, url, body }) => [by, url, JSON.parse(body).length]), [
    ["beacon", "https://search.test/v1/gifts/events?key=mk_1", 50],
    ["beacon", "https://search.test/v1/gifts/events?key=mk_1", 10],
  ]);
  assert.ok(one.sent.every(({ body }) => typeof body === "string" && body.length < 64 << 10));
  one.mercato("view", { item: "last" });
  one.window.dispatchEvent(new one.window.Event("pagehide"));
  assert.equal(one.sent.length, 3);
});

test("where there is no beacon, or no key, fetch goes on behind the page", () => {
  const refused = page({ script: KEY, beacon: false });
  refused.mercato("view", { item: "a" });
  refused.events();
  const { by, init } = refused.sent[0];
  assert.deepEqual([by, init.keepalive, { ...init.headers }], ["fetch", true, {}]);
  const open = page({ script: "" });
  open.mercato("view", { item: "a" });
  open.events();
  assert.equal(open.sent[0].url, "https://search.test/v1/gifts/events");
  assert.deepEqual({ ...open.sent[0].init.headers }, { "content-type": "application/json" });
});

const kept = (one) => [one.window.localStorage.length, one.window.sessionStorage.length];

test("where consent is required nothing is sent or stored before it, and its end deletes the ids", () => {
  const one = page({ html: `${LIST}<main data-mercato-view="a"></main>`, script: `${KEY} data-consent="required"` });
  one.show("#dress");
  one.click("#boots");
  one.mercato("cart", { item: "a" });
  one.hide();
  one.pass(60_000);
  assert.deepEqual([one.events(), kept(one)], [[], [0, 0]]);
  one.mercato("consent", true);
  one.mercato("cart", { item: "a" });
  assert.deepEqual(one.events().map(({ type }) => type), ["view", "add-to-cart"]);
  assert.deepEqual(kept(one), [1, 1]);
  one.mercato("cart", { item: "b" });
  one.mercato("consent", false);
  one.click("#boots");
  one.mercato("cart", { item: "c" });
  one.hide();
  assert.deepEqual([one.events().length, kept(one)], [2, [0, 0]]);
  one.mercato("consent", true);
  one.hide(false);
  one.show("#dress");
  one.pass(1000);
  assert.equal(one.events().length, 3);
});

test("a visitor who said yes on an earlier page has an id, and one who says no at once never gets one", () => {
  const known = page({ script: `${KEY} data-consent="required"`, stored: { mercato: "v-1" } });
  known.mercato("cart", { item: "a" });
  assert.equal(known.events()[0].anonymous, "v-1");
  const before = (window) => window.eval("mercato = { q: [['consent', false]] }");
  const no = page({ html: '<main data-mercato-view="a"></main>', script: KEY, before, stored: { mercato: "v-1" } });
  assert.deepEqual([no.events(), kept(no)], [[], [0, 0]]);
});

for (const [signal, value] of [["doNotTrack", "1"], ["globalPrivacyControl", true]]) {
  test(`${signal} is respected, whatever the page says`, () => {
    const before = (window) => Object.defineProperty(window.navigator, signal, { value });
    const one = page({ html: LIST, script: KEY, before, stored: { mercato: "v-1" } });
    one.mercato("consent", true);
    one.click("#boots");
    one.mercato("cart", { item: "a" });
    one.hide();
    assert.deepEqual([one.events(), kept(one)], [[], [0, 0]]);
  });
}

test("ids stay the same on a page, and need no storage", () => {
  const before = (window) => {
    for (const area of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, area, { get: () => { throw new window.DOMException("denied", "SecurityError"); } });
    }
  };
  for (const one of [page({ script: KEY }), page({ script: KEY, before })]) {
    one.mercato("cart", { item: "a" });
    one.mercato("cart", { item: "b" });
    const [a, b] = one.events();
    assert.deepEqual([a.anonymous, a.session], [b.anonymous, b.session]);
    assert.notEqual(a.anonymous, a.session);
  }
});
