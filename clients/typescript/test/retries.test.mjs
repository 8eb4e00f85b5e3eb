// What is repeated, when and how often: against a `fetch` that does as it is told, without waiting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, Mercato, NetworkError, TimeoutError } from "@mercato/client";
import { secondsOf } from "../dist/errors.js";

const fine = () => Response.json({ items: [], total: 0 });
const refusal = (status, headers = {}) => () =>
  Response.json({ error: { code: "overloaded", message: "busy", docs: "/errors#overloaded" } }, { status, headers });
const broken = () => {
  throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
};

/** A shop whose server gives these answers in turn; notes requests and waits. */
function shop(answers, options = {}) {
  const [requests, waits] = [[], []];
  const client = new Mercato({
    url: "http://shop.test/",
    fetch: async (url, init) => {
      requests.push({ url, ...init });
      return (answers.length > 1 ? answers.shift() : answers[0])(init);
    },
    random: () => 0.5,
    sleep: async (milliseconds) => void waits.push(milliseconds),
    ...options,
  });
  return { gifts: client.shop("gifts"), client, requests, waits };
}

test("network errors, 429 and 503 are tried again with exponential back-off and full jitter", async () => {
  const { gifts, requests, waits } = shop([broken, refusal(429), refusal(503), fine]);
  assert.equal((await gifts.search({ query: "x" })).total, 0);
  assert.equal(requests.length, 4);
  assert.deepEqual(waits, [50, 100, 200]);
});

test("the wait is between nothing and its bound, whatever chance says", async () => {
  for (const [random, expected] of [[() => 0, [0, 0, 0]], [() => 0.999, [99.9, 199.8, 250 * 0.999]]]) {
    const { gifts, waits } = shop([broken], { random, backoffMsMax: 250 });
    await assert.rejects(gifts.search({}), NetworkError);
    assert.deepEqual(waits, expected);
  }
});

test("Retry-After is waited for, and jitter comes on top", async () => {
  const { gifts, waits } = shop([refusal(429, { "retry-after": "2" }), fine]);
  await gifts.search({});
  assert.deepEqual(waits, [2050]);
});

test("a wait that is too long is the caller's to decide about", async () => {
  const { gifts, requests } = shop([refusal(503, { "retry-after": "3600" })]);
  await assert.rejects(gifts.search({}), (error) => error instanceof ApiError && error.retryAfter === 3600);
  assert.equal(requests.length, 1);
});

test("Retry-After may be a date", () => {
  const now = Date.parse("2026-11-23T12:00:00Z");
  assert.equal(secondsOf("Mon, 23 Nov 2026 12:00:30 GMT", now), 30);
  assert.equal(secondsOf("Mon, 23 Nov 2026 11:00:00 GMT", now), 0);
  assert.equal(secondsOf("soon", now), undefined);
  assert.equal(secondsOf(null, now), undefined);
});

test("what is refused for good is not tried again", async () => {
  for (const status of [400, 401, 404, 422, 500]) {
    const { gifts, requests } = shop([refusal(status)]);
    await assert.rejects(gifts.search({}), (error) => error instanceof ApiError && error.status === status);
    assert.equal(requests.length, 1, String(status));
  }
});

test("what would count twice is sent once", async () => {
  const { client, gifts, requests } = shop([broken]);
  await assert.rejects(client.shops.create({ id: "toys" }), NetworkError);
  await assert.rejects(gifts.keys.create({ name: "a", scope: "search" }), NetworkError);
  const event = { type: "view", item: "a" };
  await assert.rejects(client.request("post", "/v1/{shop}/events", { path: { shop: "gifts" }, body: event }), NetworkError);
  assert.equal(requests.length, 3);
});

test("events are named before they are sent, so that all attempts tell of the same ones", async () => {
  const { gifts, requests } = shop([broken, fine]);
  await gifts.events.append([{ type: "view", item: "a" }, { type: "view", item: "b", event_id: "mine" }]);
  const [first, second] = requests.map((request) => JSON.parse(request.body));
  assert.deepEqual(first, second);
  assert.match(first[0].event_id, /^[0-9a-f-]{36}$/);
  assert.equal(first[1].event_id, "mine");
});

test("attempts end in time, and are then tried again", async () => {
  const never = (init) => new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
  const { gifts, requests } = shop([never], { timeoutMs: 20, retries: 1 });
  const alive = setTimeout(() => {}, 5000); // The signal's own timer does not keep the process running.
  await assert.rejects(gifts.search({}), TimeoutError);
  clearTimeout(alive);
  assert.equal(requests.length, 2);
});

test("the caller may give up, between attempts too", async () => {
  const waiting = shop([broken], { sleep: undefined, backoffMs: 60_000, backoffMsMax: 60_000, random: () => 1 });
  const alive = setTimeout(() => {}, 5000);
  await assert.rejects(waiting.gifts.search({}, { signal: AbortSignal.timeout(20) }), { name: "TimeoutError" });
  clearTimeout(alive);
  const { gifts, requests } = shop([fine]);
  const reason = new Error("enough");
  await assert.rejects(gifts.search({}, { signal: AbortSignal.abort(reason) }), reason);
  assert.equal(requests.length, 0);
});

test("what others answer in between is told, too", async () => {
  const { gifts } = shop([() => new Response("<h1>Bad gateway</h1>", { status: 502 })]);
  await assert.rejects(gifts.search({}), (error) => error.code === "unknown" && error.message.includes("Bad gateway"));
  const cut = shop([() => new Response('{"items": [', { headers: { "content-type": "application/json" } })], { retries: 0 });
  await assert.rejects(cut.gifts.search({}), NetworkError);
});

test("ids are escaped in paths, and never become steps of them", async () => {
  const { gifts, requests } = shop([fine]);
  await gifts.items.get("裙/1?#");
  assert.equal(requests[0].url, "http://shop.test/v1/gifts/items/%E8%A3%99%2F1%3F%23");
  for (const id of ["", ".", ".."]) assert.throws(() => gifts.items.get(id), TypeError);
});
