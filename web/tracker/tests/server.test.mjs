// That a real server takes what the tracker sends, in English and Chinese, and counts repeats once. The server is the program
// named by MERCATO_BIN.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { page } from "./page.mjs";

const program = process.env.MERCATO_BIN;
const skip = program ? false : "MERCATO_BIN does not name a mercato binary";
const ADMIN = "mk_of_a_test";

describe("against a server", { skip }, () => {
  let child, folder, url;

  const ask = async (method, path, body, headers = { "content-type": "application/json" }) => {
    const init = { method, headers: { authorization: `Bearer ${ADMIN}`, ...headers } };
    const answer = await fetch(url + path, { ...init, body: body && JSON.stringify(body) });
    assert.ok(answer.ok, `${method} ${path}: ${await answer.clone().text()}`);
    return answer.json();
  };
  const log = async () => (await ask("GET", "/v1/gifts/log?limit=1000")).events.map((one) => one.event ?? one);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mercato-tracker-"));
    child = spawn(program, ["--json", "--data-dir", folder, "serve", "--bind", "127.0.0.1:0"], {
      env: { ...process.env, MERCATO_ADMIN_KEY: ADMIN, MERCATO_LOG: "error" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`mercato ended with ${code}`)));
    });
    url = JSON.parse(line).url;
    await ask("POST", "/v1/shops", { id: "gifts", settings: { encoders: [] } });
    const items = [{ id: "boots-1", title: "Hiking boots" }, { id: "裙-1", title: "红色连衣裙" }];
    await ask("POST", "/v1/gifts/items", items);
  });

  after(async () => {
    child.removeAllListeners("exit");
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });

  /** A visit to a page with both items, as the server answered a search for them. */
  async function visit(key) {
    let slate;
    do slate = await ask("POST", "/v1/gifts/search", { query: "红色连衣裙", limit: 2 });
    while (slate.total === 0);
    // The server logs its answers beside the path of a request.
    while (!(await log()).some((event) => event.query_id === slate.query_id));
    const list = slate.items.map((item) => `<li data-mercato-item="${item.id}">${item.id}</li>`).join("");
    const html = `<ul data-mercato-query-id="${slate.query_id}">${list}</ul><main data-mercato-view="裙-1"></main>`;
    const one = page({ html, script: `data-key="${key}" data-currency="EUR"` });
    one.click("li");
    const order = { order: `n-${slate.query_id}`, items: [{ item: "裙-1", quantity: 2, price: 45.5 }] };
    one.mercato("cart", order.items[0]);
    one.mercato("purchase", order);
    one.mercato("purchase", order);
    one.events();
    return { slate, sent: one.sent };
  }

  test("its events are native events", async () => {
    const { slate, sent } = await visit("mk_1");
    assert.equal(sent.length, 1);
    const told = await ask("POST", "/v1/gifts/events", JSON.parse(sent[0].body));
    // The purchase that was told twice; the answer, which the server logged itself.
    assert.deepEqual([told.accepted, told.duplicates], [4, 2]);
    const events = await log();
    const ofAnswer = events.filter((event) => event.type === "impression" && event.query_id === slate.query_id);
    assert.equal(ofAnswer.length, 1);
    const purchase = events.find((event) => event.type === "purchase");
    assert.deepEqual([purchase.item, purchase.quantity, purchase.value], ["裙-1", 2, { amount: 91, currency: "EUR" }]);
  });

  test("a beacon of a page with a key of scope search is taken, repeats counting once", async () => {
    const { key } = await ask("POST", "/v1/gifts/keys", { name: "pages", scope: "search" });
    const { sent } = await visit(key);
    const { pathname, search } = new URL(sent[0].url);
    const post = async (body, where = search) => {
      const headers = { "content-type": "text/plain;charset=UTF-8", origin: "https://shop.test" };
      const answer = await fetch(url + pathname + where, { method: "POST", headers, body });
      return [answer.status, await answer.json()];
    };
    const [status, told] = await post(sent[0].body);
    assert.deepEqual([status, told.accepted, told.duplicates], [200, 4, 2]);
    assert.equal((await post(sent[0].body))[1].accepted, 0);
    const [refused, error] = await post(JSON.stringify([{ type: "item-deleted", item: "boots-1" }]));
    assert.deepEqual([refused, error.error.code], [403, "key_scope"]);
    assert.equal((await post(sent[0].body, "?key=mk_2"))[0], 401);
    const script = await fetch(`${url}/m.js`);
    assert.match(script.headers.get("content-type"), /^text\/javascript/);
  });
});
