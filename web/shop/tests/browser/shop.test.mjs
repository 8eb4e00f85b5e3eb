// What shoppers do on the page, in a real browser against a real server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { api, current, EVIL, fill, missing, openPage, SHOP, shot, startBrowser, startFront, startServer } from "./harness.mjs";

const why = missing();
const it = (name, run) => test(name, { skip: why ?? false, timeout: 120_000 }, run);
let server, front, browser, ask;

before(async () => {
  if (why) return;
  [server, browser] = [await startServer(), await startBrowser()];
  front = await startFront(server.url);
  ask = api(server.url);
  await fill(ask);
});

after(async () => {
  await browser?.close();
  await front?.stop();
  await server?.stop();
});

/** The page, with the visitor's answer given. */
async function at(search, options = {}) {
  const { says = "yes", ...others } = options;
  const opened = await openPage(browser, front.url, `?shop=${SHOP}${search}`, others);
  const { page } = opened;
  await ready(page);
  if (says) await page.locator(".consent button").nth(says === "yes" ? 1 : 0).click();
  return opened;
}

async function ready(page) {
  await page.waitForFunction(() => document.querySelector('.grid[aria-busy="false"] .card, .note, .lost'));
}

async function done({ context, faults, hosts }, host = front.url) {
  await context.close();
  assert.deepEqual(faults, []);
  assert.deepEqual([...hosts], [new URL(host).host]);
}

async function find(page, query) {
  await page.getByRole("combobox").first().fill(query);
  await page.getByRole("combobox").first().press("Enter");
  await page.waitForFunction((query) => document.querySelector(".count")?.textContent.includes(query) || document.querySelector(".note"), query);
}

const titles = (page) => page.locator(".grid .card .title").allInnerTexts();
const ids = (page, within) => page.locator(`${within} .card`).evaluateAll((cards) => cards.map((card) => card.dataset.id));

async function grave(page, name) {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const bad = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  assert.deepEqual(bad.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join("\n")}`), [], name);
}

it("a search with a slip, understood; a part of the reading taken away and put back", async () => {
  const opened = await at("");
  const { page } = opened;
  await find(page, "watreproof boots under 80 euro");
  assert.ok((await titles(page)).some((title) => title.includes("Waterproof hiking boots")));
  assert.ok((await page.locator(".grid .card mark").count()) > 0);
  const prices = async () => (await page.locator(".grid .price").allInnerTexts()).map((text) => Number(text.replace(/[^\d.]/g, "")));
  assert.ok((await prices()).every((price) => price <= 80), String(await prices()));
  const spelling = page.getByRole("button", { name: "Search without: spelling" });
  await spelling.waitFor();
  await page.getByRole("button", { name: /Search without: price/ }).click();
  await page.getByRole("button", { name: /Put back: price/ }).waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll(".grid .price")].some((price) => Number(price.textContent.replace(/[^\d.]/g, "")) > 80));
  await shot(page, "understood");
  await page.getByRole("button", { name: /Put back: price/ }).click();
  await page.waitForFunction(() => [...document.querySelectorAll(".grid .price")].every((price) => Number(price.textContent.replace(/[^\d.]/g, "")) <= 80));
  await done(opened);
});

it("facets with counts, a range of prices, an order, and the way back", async () => {
  const opened = await at("&q=boots");
  const { page } = opened;
  const box = page.locator('[data-facet="brand"] label').filter({ hasText: "Tarn" });
  const count = Number(await box.locator(".number").innerText());
  await box.getByRole("checkbox").check();
  await page.waitForFunction((count) => document.querySelector(".count").textContent.startsWith(`${count} `), count);
  assert.ok((await page.locator(".grid .brand").allInnerTexts()).every((brand) => brand === "Tarn"));
  await page.getByLabel("Sort by").selectOption({ label: "Price, high to low" });
  await page.waitForURL(/sort=/);
  const prices = await page.locator(".grid .price").allInnerTexts();
  const numbers = prices.map((text) => Number(text.replace(/[^\d.]/g, "")));
  assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
  assert.ok(numbers.length === count, `${numbers} of ${count}`);
  await page.getByLabel("Price to").fill("80");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForFunction(() => [...document.querySelectorAll(".grid .price")].every((price) => Number(price.textContent.replace(/[^\d.]/g, "")) <= 80));
  await page.reload();
  await ready(page);
  assert.ok(await page.locator('[data-facet="brand"] input').first().isChecked());
  await page.getByRole("button", { name: "Clear filters" }).click();
  await page.waitForFunction(() => !document.querySelector(".chosen") && !location.search.includes("brand"));
  await page.goBack();
  await page.locator(".chosen").waitFor();
  await done(opened);
});

it("the range of prices is moved by keyboard, too", async () => {
  const opened = await at("&q=boots");
  const { page } = opened;
  const most = page.getByLabel("Highest price");
  await most.focus();
  for (let at = 0; at < 60; at++) await most.press("ArrowLeft");
  const bound = Number(await page.getByLabel("Price to").inputValue()) || 80;
  await page.waitForFunction((bound) => {
    const prices = [...document.querySelectorAll(".grid .price")].map((price) => Number(price.textContent.replace(/[^\d.]/g, "")));
    return prices.length > 0 && prices.length < 10 && prices.every((price) => price <= bound + 0.01);
  }, bound);
  await grave(page, "slider");
  await shot(page, "slider");
  await done(opened);
});

it("suggestions by keyboard alone, and a product opened, put into the cart and bought without a mouse", async () => {
  const opened = await at("");
  const { page } = opened;
  const told = [];
  page.on("request", (request) => {
    if (request.url().includes("/1/events")) JSON.parse(request.postData()).events.forEach((event) => told.push(event.eventSubtype ?? event.eventType));
  });
  await page.getByRole("combobox").first().focus();
  await page.keyboard.type("enam");
  await page.locator("#suggestions [role=option]").filter({ hasText: "Enamel" }).first().waitFor();
  await shot(page, "suggestions");
  await grave(page, "suggestions");
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.getByRole("combobox").first().getAttribute("aria-activedescendant"), "suggestion-0");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /Enamel/.test(document.querySelector(".count").textContent));
  await page.locator("#suggestions").waitFor({ state: "hidden" });
  await page.locator(".grid .card .open").first().focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await dialog.getByRole("button", { name: "Add to cart" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("status").filter({ hasText: "is in the cart" }).waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.className), "open");
  assert.match(page.url(), /q=Enamel/);
  await page.getByRole("link", { name: "Cart, 1 pieces" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Cart" }).getByLabel(/Quantity of/).fill("3");
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => document.querySelector(".bar .cart b").textContent === "3");
  await shot(page, "cart");
  await grave(page, "cart");
  await page.reload();
  await page.getByRole("dialog", { name: "Cart" }).getByRole("button", { name: "Buy" }).click();
  await page.getByText("nothing is charged").first().waitFor();
  await done(opened);
  assert.ok(told.includes("view") && told.includes("addToCart") && told.includes("purchase"), told.join());
});

it("similar and bought-together products, each with its reasons", async () => {
  const opened = await at("&q=boots");
  const { page } = opened;
  await page.locator(".grid .why summary").first().click();
  await page.locator(".grid .why li").first().waitFor();
  assert.match(await page.locator(".grid .why").first().innerText(), /Words match: boot/);
  await page.locator('.grid .card[data-id="boots-1"] .open').click();
  const dialog = page.getByRole("dialog");
  for (const row of ["similar", "bought-together"]) {
    await dialog.locator(`[data-row="${row}"] .card`).first().waitFor();
    assert.ok(!(await ids(page, `dialog [data-row="${row}"]`)).includes("boots-1"));
  }
  await dialog.locator('[data-row="similar"] .why summary').first().click();
  await dialog.locator('[data-row="similar"] .why li').first().waitFor();
  await shot(page, "product");
  await grave(page, "product");
  const other = (await ids(page, 'dialog [data-row="similar"]'))[0];
  await dialog.locator('[data-row="similar"] .open').first().click();
  await page.waitForURL(new RegExp(`#/item/${other}$`));
  await page.goBack();
  await page.waitForURL(/#\/item\/boots-1$/);
  await done(opened);
});

it("for you changes after a click, and tells the server nothing without consent", async () => {
  const opened = await at("");
  const { page } = opened;
  await page.locator('[data-row="for-you"] .card').first().waitFor();
  const before = await ids(page, '[data-row="for-you"]');
  for (const id of ["cup-2", "cup-3"]) {
    await page.goto(`${front.url}/shop/?shop=${SHOP}&q=${encodeURIComponent("保温杯")}`);
    await ready(page);
    const sent = page.waitForResponse((answer) => answer.url().includes("/1/events"));
    await page.locator(`.grid .card[data-id="${id}"] .open`).click();
    assert.equal((await sent).status(), 200);
    const told = JSON.parse((await sent).request().postData());
    const click = told.events.find((event) => event.eventType === "click");
    assert.ok(click.queryID && click.positions[0] > 0 && /^anonymous-/.test(click.userToken), JSON.stringify(click));
  }
  await page.keyboard.press("Escape");
  await page.getByRole("combobox").first().fill("");
  await page.locator('[data-row="for-you"] .card').first().waitFor();
  await page.waitForFunction((before) => {
    const now = [...document.querySelectorAll('[data-row="for-you"] .card')].map((card) => card.dataset.id);
    return now.length && now.join() !== before.join();
  }, before);
  assert.match(await page.locator('[data-row="for-you"] h3').innerText(), /Because you looked at/);
  assert.ok((await ids(page, '[data-row="for-you"]')).slice(0, 3).some((id) => id.startsWith("cup-")));
  assert.deepEqual((await ids(page, '[data-row="recently-viewed"]')).slice(0, 2), ["cup-3", "cup-2"]);
  await page.getByRole("combobox").first().blur();
  await page.locator("#suggestions").waitFor({ state: "hidden" });
  await shot(page, "for-you");
  await done(opened);
});

for (const [name, options, before] of [
  ["without consent", { says: "no" }],
  ["before the answer", { says: null }],
  ["where the browser asks not to be tracked", { says: null }, () => Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" })],
]) {
  it(`nothing is told or kept ${name}`, async () => {
    const opened = await openPage(browser, front.url, "", {});
    const { page } = opened;
    if (before) await page.addInitScript(before);
    const posted = [];
    page.on("request", (request) => request.method() === "POST" && posted.push(request));
    await page.goto(`${front.url}/shop/?shop=${SHOP}&q=boots`);
    await ready(page);
    if (options.says) await page.locator(".consent button").first().click();
    if (before) assert.equal(await page.locator(".consent").count(), 0);
    await page.locator(".grid .card .open").first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Add to cart" }).click();
    await page.locator('dialog [data-row="similar"] .card').first().waitFor();
    assert.ok(posted.length > 0);
    for (const request of posted) {
      assert.ok(!request.url().includes("/1/events"), request.url());
      assert.ok(!/userToken|anonymous/.test(request.postData() ?? ""), request.postData());
      if (request.url().includes("/queries")) assert.match(request.postData(), /"analytics":false/);
    }
    const kept = await page.evaluate(() => Object.keys(localStorage).sort());
    assert.deepEqual(kept.filter((name) => /visitor|recent/.test(name)), []);
    await done(opened);
  });
}

it("Chinese throughout", async () => {
  const opened = await at("", { locale: "zh-CN", viewport: { width: 390, height: 844 } });
  const { page } = opened;
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
  await find(page, "红色保温杯 不要 陶瓷");
  assert.ok((await titles(page))[0].includes("保温杯"));
  const own = await page.evaluate(() => {
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll("h1, .title, .brand, .value, .shop, .chip span, .language, .price, option, mark, noscript, script").forEach((part) => part.remove());
    return copy.textContent;
  });
  assert.deepEqual(own.match(/[A-Za-z]{3,}/g) ?? [], []);
  await grave(page, "zh");
  await shot(page, "zh-phone");
  await page.locator(".grid .card .open").first().click();
  await page.getByRole("dialog").getByRole("button", { name: "加入购物车" }).click();
  await page.getByRole("dialog").getByText("相似商品").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("link", { name: "Cart, 1 pieces" }).waitFor();
  await page.reload();
  await page.getByRole("link", { name: "Cart, 1 pieces" }).waitFor();
  await done(opened);
});

it("nothing in a title becomes markup", async () => {
  const opened = await at("&q=evil%20boots");
  const { page } = opened;
  await page.locator('.grid .card[data-id="evil"]').waitFor();
  assert.equal(await page.locator('.grid .card[data-id="evil"] .title').innerText(), EVIL);
  await page.locator('.grid .card[data-id="evil"] .open').click();
  assert.equal(await page.getByRole("dialog").locator("h2").innerText(), EVIL);
  await page.getByRole("dialog").getByRole("button", { name: "Add to cart" }).click();
  await page.goto(`${front.url}/shop/?shop=${SHOP}&q=${encodeURIComponent("<img src=x onerror=alert(1)>")}`);
  await ready(page);
  await page.goto(`${front.url}/shop/?shop=${SHOP}#/cart`);
  await page.reload();
  await page.getByRole("dialog").getByText("Evil boots").first().waitFor();
  assert.equal(await page.evaluate(() => window.evil), undefined);
  await done(opened);
});

it("says what to do where nothing is found, the server fails, or there is no such shop", async () => {
  const opened = await at("");
  const { page } = opened;
  await page.goto(`${front.url}/shop/?shop=${SHOP}&f.brand=Nobody`);
  await ready(page);
  await page.getByRole("button", { name: "clear the filters" }).click();
  await page.locator(".grid .card").first().waitFor();
  await page.route("**/1/indexes/**", (route) => route.abort());
  await page.getByRole("combobox").first().fill("mug");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
  await shot(page, "failed");
  await page.unroute("**/1/indexes/**");
  assert.equal(await page.getByRole("combobox").first().inputValue(), "mug");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.waitForFunction(() => /“mug”/.test(document.querySelector(".count").textContent));
  await page.locator(".grid .card").first().waitFor();
  await page.goto(`${front.url}/shop/nowhere`);
  await page.getByRole("heading", { name: "There is no shop “nowhere” here." }).waitFor();
  await grave(page, "lost");
  await context(opened);
});

/** As `done`, where calls were made to fail. */
async function context({ context, hosts }) {
  await context.close();
  assert.deepEqual([...hosts], [new URL(front.url).host]);
}

for (const [colorScheme, width] of [["light", 1360], ["dark", 1360], ["light", 390], ["dark", 1900]]) {
  it(`no serious fault for screen readers and nothing wider than the page: ${colorScheme}, ${width} wide`, async () => {
    const opened = await openPage(browser, front.url, `?shop=${SHOP}`, { colorScheme, viewport: { width, height: 900 } });
    const { page } = opened;
    await ready(page);
    await page.locator('[data-row="for-you"] .card').first().waitFor();
    await grave(page, "home with the question");
    await page.locator(".consent button").nth(1).click();
    await find(page, "waterproof boots not jackets");
    await page.locator(".grid .why summary").first().click();
    await page.locator(".grid .why li").first().waitFor();
    await grave(page, "results");
    await shot(page, `results-${colorScheme}-${width}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await done(opened);
  });
}

it("answers that take 100 ms longer move nothing, and late suggestions do not replace newer ones", async () => {
  const late = await startFront(server.url, 100);
  try {
    const opened = await openPage(browser, late.url, `?shop=${SHOP}&q=waterproof%20boots`);
    const { page } = opened;
    await ready(page);
    await page.waitForTimeout(600);
    assert.ok((await page.evaluate(() => window.shifted)) < 0.05, `shifted by ${await page.evaluate(() => window.shifted)}`);
    await page.getByRole("combobox").first().fill("");
    await page.locator('[data-row="for-you"] .card').first().waitFor();
    for (const letter of "mug") await page.getByRole("combobox").first().press(letter, { delay: 60 });
    await page.locator("#suggestions [role=option]").filter({ hasText: "mug" }).first().waitFor();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /“mug”/.test(document.querySelector(".count").textContent));
    assert.ok((await titles(page))[0].includes("mug"));
    await done(opened, late.url);
  } finally {
    await late.stop();
  }
});

it("an answer that is there before the page is painted is shown", async () => {
  const context = await browser.newContext({ locale: "en-GB" });
  const page = await context.newPage();
  // A browser that paints late: what a page puts off until then is a second late.
  await page.addInitScript(() => {
    const later = window.setTimeout;
    window.requestAnimationFrame = (run) => later(run, 1000);
    window.setTimeout = (run, ms = 0, ...told) => later(run, ms && ms < 200 ? 1000 : ms, ...told);
  });
  await page.goto(`${front.url}/shop/?shop=${SHOP}`);
  await page.locator('.grid[aria-busy="false"] .card').first().waitFor();
  await context.close();
});

it("a shop that is locked opens with its key, which stays in no address", async () => {
  const locked = await startServer("--admin-key", "mk_admin", "--search-key", "mk_search");
  const before = await startFront(locked.url);
  try {
    await fill(api(locked.url, "mk_admin"));
    const opened = await openPage(browser, before.url, `?shop=${SHOP}`);
    const { page } = opened;
    await page.getByText("This shop needs a key").waitFor();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${before.url}/shop/?shop=${SHOP}&key=mk_search`);
    await ready(page);
    await page.locator(".consent button").nth(1).click();
    await find(page, "boots");
    await page.waitForURL(/q=boots/);
    assert.ok(!page.url().includes("mk_search"));
    await page.locator(".grid .why summary").first().click();
    await page.locator(".grid .why li").first().waitFor();
    assert.deepEqual(asked.filter((url) => url.includes("mk_search")), [`${before.url}/shop/?shop=${SHOP}&key=mk_search`]);
    const sent = page.waitForResponse((answer) => answer.url().includes("/1/events"));
    await page.locator(".grid .card .open").first().click();
    assert.equal((await sent).status(), 200);
    await page.locator('dialog [data-row="similar"] .card').first().waitFor();
    await opened.context.close();
  } finally {
    await before.stop();
    await locked.stop();
  }
});

it("a shop that came by the storefront protocol: its facets, and its replicas as orders", async () => {
  const records = Array.from({ length: 30 }, (_, at) => ({ objectID: String(at), name: `Tent ${at}`, brand: at % 2 ? "Tarn" : "Fell", price: 300 - at, type: "tents" }));
  await ask("PUT", "/1/indexes/tents/settings", { attributesForFaceting: ["brand", "type"], replicas: ["tents_price_asc"] });
  await ask("PUT", "/1/indexes/tents_price_asc/settings", { ranking: ["asc(price)"] });
  await ask("POST", "/1/indexes/tents/batch", { requests: records.map((body) => ({ action: "addObject", body })) });
  const opened = await openPage(browser, front.url, "?shop=tents&q=tent");
  const { page } = opened;
  await ready(page);
  await page.locator('[data-facet="type"]').waitFor();
  await page.getByLabel("Sort by").selectOption({ label: "Price asc" });
  await page.waitForFunction(() => document.querySelector(".grid .price")?.textContent === "271.00");
  await page.getByRole("button", { name: "Show more products" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".grid .card").length === 30);
  assert.ok((await page.getByLabel("Shop", { exact: true }).locator("option").allTextContents()).includes(SHOP));
  await done(opened);
});

it("a picture finds what looks like it", async () => {
  const opened = await at("");
  const { page } = opened;
  const shop = "looks";
  await ask("POST", "/v1/shops", { id: shop, settings: { encoders: [] } });
  await ask("POST", `/v1/${shop}/items`, ["disc", "bars"].map((id) => ({ id, title: `图案 ${id}` })));
  const drawn = {};
  for (const id of ["disc", "bars"]) {
    drawn[id] = Buffer.from(await page.evaluate(draw, id), "base64");
    const put = await fetch(`${server.url}/v1/${shop}/items/${id}/picture`, { method: "POST", headers: { "content-type": "image/png" }, body: drawn[id] });
    assert.ok(put.ok, await put.text());
  }
  await current(ask, shop);
  await page.goto(`${front.url}/shop/?shop=${shop}`);
  await ready(page);
  for (const id of ["bars", "disc"]) {
    await page.getByLabel("Search with a picture").last().setInputFiles({ name: `${id}.png`, mimeType: "image/png", buffer: drawn[id] });
    await page.locator("dialog.looked .card").first().waitFor();
    assert.equal((await ids(page, "dialog.looked"))[0], id);
    await grave(page, id);
    await shot(page, `picture-${id}`);
    await page.keyboard.press("Escape");
    await page.locator("dialog.looked").waitFor({ state: "detached" });
  }
  await page.getByLabel("Search with a picture").last().setInputFiles({ name: "no.png", mimeType: "image/png", buffer: Buffer.from("no picture") });
  await page.getByText("This picture cannot be searched with").waitFor();
  await ask("DELETE", `/v1/shops/${shop}`);
  await done(opened);
});

/** Draws a picture in the browser: PNG in base64. */
function draw(what) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 240 });
  const pen = canvas.getContext("2d");
  pen.fillStyle = what === "disc" ? "#fff" : "#123";
  pen.fillRect(0, 0, 320, 240);
  pen.fillStyle = what === "disc" ? "#c22" : "#fd3";
  if (what === "disc") pen.arc(160, 120, 90, 0, 7);
  else for (let at = 0; at < 320; at += 40) pen.rect(at, 0, 20, 240);
  pen.fill();
  return canvas.toDataURL("image/png").split(",")[1];
}
