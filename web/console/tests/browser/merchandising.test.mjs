// What merchandisers do in the console, and what shoppers see of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { axeFaults, done, fill, missing, SHOP, shot, startConsole } from "./harness.mjs";

const why = missing();
const it = (name, run) => test(name, { skip: why ?? false, timeout: 180_000 }, run);
const PHONE = { viewport: { width: 390, height: 844 } };
let console_, at, goTo, ask;

before(async () => {
  if (why) return;
  console_ = await startConsole();
  ({ at, goTo, ask } = console_);
  await fill(ask);
});

after(() => console_?.stop());

const cards = (page) => page.locator(".cards > li");
const order = (page) => cards(page).evaluateAll((all) => all.map((one) => one.dataset.id));

/** Waits until the cards are in this order at their beginning. */
async function ordered(page, ...ids) {
  await page.waitForFunction((wanted) => {
    const shown = [...document.querySelectorAll(".cards > li")].map((one) => one.dataset.id);
    return wanted.every((id, place) => shown[place] === id);
  }, ids);
}

async function begin(page, query) {
  await goTo(page, "merchandising");
  await page.getByLabel(/A search as shoppers type it|顾客输入的搜索词/).fill(query);
  await page.getByRole("button", { name: /Arrange its results|开始编排/ }).click();
  await cards(page).first().waitFor();
  return decodeURIComponent(new URL(page.url()).hash.split(/[/?]/)[3]);
}

async function publish(page) {
  await page.getByRole("button", { name: /^(Publish…|发布…)$/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: /^(Publish|发布)$/ }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** Products of the shop page for a query, first first. */
async function shopShows(opened, query) {
  const { key } = await ask("POST", `/v1/${SHOP}/keys`, { name: "shop page", scope: "search" });
  const page = await opened.context.newPage();
  await page.goto(`${console_.url}/shop/?shop=${SHOP}&key=${key}&q=${encodeURIComponent(query)}`);
  await page.locator('.grid[aria-busy="false"] .card').first().waitFor();
  const ids = await page.locator(".grid .card").evaluateAll((all) => all.map((one) => one.dataset.id));
  await page.close();
  return ids;
}

it("a product is pinned, looked at beside what is now, published, seen in the shop, and taken back", async () => {
  const opened = await at("merchandising");
  const { page } = opened;
  const id = await begin(page, "boots");
  const before = await order(page);
  const pinned = before[4];
  await cards(page).nth(4).dragTo(cards(page).nth(0));
  await ordered(page, pinned, before[0]);
  assert.deepEqual(await axeFaults(page), []);
  await shot(page, "merchandising-pinned");
  assert.notEqual((await shopShows(opened, "boots"))[0], pinned);
  await page.getByRole("button", { name: "Now and with this draft" }).click();
  const side = (name) => page.getByRole("region", { name, exact: true }).locator("li").first();
  await side("With this draft").waitFor();
  assert.equal(await side("With this draft").getAttribute("data-id"), pinned);
  assert.match(await side("With this draft").locator(".mark").innerText(), /4 up/);
  assert.equal(await side("Now").getAttribute("data-id"), before[0]);
  await shot(page, "merchandising-compare");
  assert.deepEqual(await axeFaults(page), []);
  await publish(page);
  await page.getByText("“boots” is published.").waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/curations/${id}`)).state, "live");
  assert.equal((await shopShows(opened, "boots"))[0], pinned);
  await page.locator(".notices").getByRole("button", { name: "Undo" }).click();
  await page.getByText("Taken back.").waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/curations/${id}`)).state, "draft");
  assert.notEqual((await shopShows(opened, "boots"))[0], pinned);
  await page.getByRole("region", { name: "History of this curation" }).getByText("taken back").waitFor();
  await done(opened);
});

it("everything is done with the keyboard: pins move, products are hidden, steps are taken back", async () => {
  const opened = await at("merchandising");
  const { page } = opened;
  await begin(page, "card");
  const before = await order(page);
  await cards(page).nth(2).focus();
  await page.keyboard.press("Alt+ArrowLeft");
  await ordered(page, before[0], before[2], before[1]);
  await page.keyboard.press("Alt+ArrowLeft");
  await ordered(page, before[2], before[0], before[1]);
  assert.equal(await page.evaluate(() => document.activeElement.dataset.id), before[2]);
  await page.getByRole("button", { name: /^One place down: / }).first().focus();
  await page.keyboard.press("Enter");
  await ordered(page, before[0], before[2]);
  await page.keyboard.press("Enter");
  await ordered(page, before[0], before[1], before[2]);
  await page.getByRole("button", { name: "Step back" }).click();
  await page.getByRole("button", { name: "Step back" }).click();
  await ordered(page, before[2], before[0], before[1]);
  await cards(page).nth(0).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("h");
  await ordered(page, before[2], before[1]);
  assert.ok(!(await order(page)).includes(before[0]));
  await page.getByRole("button", { name: "Step back" }).click();
  await ordered(page, before[2], before[0], before[1]);
  await cards(page).nth(0).focus();
  await page.keyboard.press("p");
  await ordered(page, ...before.slice(0, 3));
  await page.keyboard.press("b");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await page.getByText("The draft is saved; shoppers do not see it.").waitFor();
  await done(opened);
});

it("a whole brand is buried, banners and a redirect are shown as shoppers see them, and what is refused stands at its field", async () => {
  const opened = await at("merchandising");
  const { page } = opened;
  const id = await begin(page, "waterproof");
  const brand = page.getByRole("group", { name: "All of Northwall" });
  await page.locator(".more-menu summary").first().click();
  await brand.first().getByRole("button", { name: "Bury" }).click();
  await page.locator(".rules li").filter({ hasText: "Northwall" }).getByText("buried").waitFor();
  await page.getByRole("button", { name: "Add a banner" }).click();
  await page.getByLabel("Heading").fill("Autumn <b>sale</b>");
  await page.locator(".banners .title").filter({ hasText: "Autumn <b>sale</b>" }).waitFor();
  await page.getByLabel("Address", { exact: true }).fill("javascript:alert(1)");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await page.locator(".field.wrong").filter({ hasText: "Address" }).waitFor();
  await page.getByLabel("Address", { exact: true }).fill("/sale");
  await page.getByText("are led to /sale").waitFor();
  await page.getByLabel("Until", { exact: true }).fill("2020-01-01T00:00");
  await page.getByLabel("From", { exact: true }).fill("2021-01-01T00:00");
  await page.getByText("It would end before it begins.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Publish…" }).isDisabled());
  await page.getByLabel("From", { exact: true }).fill("2035-01-01T00:00");
  await page.getByLabel("Until", { exact: true }).fill("2035-02-01T00:00");
  await publish(page);
  await page.locator(".standing").getByText("scheduled").waitFor();
  const { published } = await ask("GET", `/v1/${SHOP}/curations/${id}`);
  assert.deepEqual([published.redirect, published.banners, published.rules], ["/sale", [{ title: "Autumn <b>sale</b>" }], [{ bury: { filter: 'brand = "Northwall"' } }]]);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("“waterproof” is deleted.").waitFor();
  await page.locator(".notices").getByRole("button", { name: "Undo" }).last().click();
  await page.getByText("Taken back.").waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/curations/${id}`)).state, "scheduled");
  await done(opened);
});

it("who leaves keeps the draft", async () => {
  const opened = await at("merchandising");
  const { page } = opened;
  const id = await begin(page, "jacket");
  await page.getByRole("button", { name: /^Pin: / }).nth(2).click();
  await page.locator(".rules li").waitFor();
  await page.getByRole("link", { name: "All curations" }).click();
  await page.getByText("The draft is saved; shoppers do not see it.").waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/curations/${id}`)).draft.rules.length, 1);
  await page.getByRole("link", { name: "jacket", exact: true }).click();
  await page.locator(".cards .pinned").waitFor();
  await done(opened);
});

it("what somebody else saved meanwhile is not written over unasked", async () => {
  const opened = await at("merchandising");
  const { page } = opened;
  const id = await begin(page, "storm");
  await ask("PUT", `/v1/${SHOP}/curations/${id}`, { name: "theirs" });
  await page.getByLabel("Name", { exact: true }).fill("mine");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await page.getByText("Somebody else changed this curation meanwhile").waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/curations/${id}`)).draft.name, "theirs");
  await page.getByRole("button", { name: "Save the draft" }).click();
  await page.getByText("The draft is saved").waitFor();
  assert.equal((await ask("GET", `/v1/${SHOP}/curations/${id}`)).draft.name, "mine");
  await done(opened);
});

it("traffic is seen by span and step, and what is asked by kind", async () => {
  const opened = await at("overview");
  const { page } = opened;
  const traffic = page.getByRole("region", { name: "Over time" });
  const count = () => traffic.locator(".plot").count();
  await traffic.getByRole("button", { name: "30 days" }).click();
  await traffic.getByRole("button", { name: "by the day" }).click();
  await page.waitForFunction(() => document.querySelectorAll('[aria-label="Over time"] .plot').length === 6);
  assert.equal(await count(), 6);
  const [file] = await Promise.all([page.waitForEvent("download"), traffic.getByRole("button", { name: "Export CSV" }).click()]);
  assert.equal(file.suggestedFilename(), `${SHOP}-month-by-day.csv`);
  await goTo(page, "queries");
  for (const tab of ["Most asked", "Rising", "Without results", "Without clicks", "Abandoned"]) {
    await page.getByRole("link", { name: tab, exact: true }).click();
    await page.getByRole("heading", { name: tab, level: 2 }).waitFor();
    await page.waitForFunction(() => !document.querySelector("main .loading"));
    assert.equal(await page.locator("main .failure").count(), 0, tab);
  }
  await done(opened);
});

it("一个没有结果的搜索被跳转，全程中文，手机上", async () => {
  const opened = await at("queries?by=found-nothing", { ...PHONE, locale: "zh-CN", colorScheme: "dark" });
  const { page } = opened;
  await page.getByRole("button", { name: "跳转: 登山服" }).click();
  const field = page.getByLabel("地址", { exact: true });
  await field.waitFor();
  assert.equal(await field.evaluate((one) => one === document.activeElement), true);
  await field.fill("/hiking");
  await page.getByText("将被引导到 /hiking").waitFor();
  await shot(page, "merchandising-phone-zh", { fullPage: true });
  const [wide, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(wide <= most, `${wide} wide`);
  assert.deepEqual(await axeFaults(page), []);
  await publish(page);
  await page.getByText("“登山服”已发布。").waitFor();
  assert.equal((await ask("POST", `/v1/${SHOP}/search`, { query: "登山服", record: false })).redirect, "/hiking");
  const [texts, label] = [await page.locator("main").innerText(), await page.locator("html").getAttribute("lang")];
  assert.equal(label, "zh-CN");
  assert.ok(!/\b(Publish|Draft|Pinned|Schedule|Banner)\b/.test(texts));
  await page.getByRole("button", { name: "撤销", exact: true }).first().click();
  await page.getByText("已撤销。").waitFor();
  assert.equal((await ask("POST", `/v1/${SHOP}/search`, { query: "登山服", record: false })).redirect, undefined);
  await done(opened);
});

it("the history tells the difference and takes a change of the synonyms back", async () => {
  const opened = await at("synonyms");
  const { page } = opened;
  await page.getByLabel("New rule").fill("登山服 => 冲锋衣");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.locator(".notices").getByText("is in force.").waitFor();
  await goTo(page, "history");
  const row = page.getByRole("row").filter({ hasText: "synonyms" }).first();
  await row.getByRole("button", { name: /What it changed/ }).click();
  assert.match(await page.getByRole("dialog").locator(".diff").innerText(), /登山服 => 冲锋衣/);
  await shot(page, "history-difference");
  await page.keyboard.press("Escape");
  await row.getByRole("button", { name: /^Undo/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
  await page.locator(".notices").getByText("Taken back.").waitFor();
  assert.deepEqual((await ask("GET", `/v1/${SHOP}/synonyms`)).rules, []);
  await done(opened);
});

it("events are seen as they come, paused, and left out by kind", async () => {
  const opened = await at("live");
  const { page } = opened;
  await page.getByText("connected", { exact: true }).waitFor();
  const send = (type) => ask("POST", `/v1/${SHOP}/events`, [{ type, user: "gwendolyn", item: "boots-1" }]);
  const rows = page.getByRole("region", { name: "Events", exact: true }).getByRole("row").filter({ hasText: "gwendolyn" });
  await send("click");
  await rows.first().waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await send("purchase");
  await page.getByRole("button", { name: /^purchase/ }).waitFor();
  assert.deepEqual(await rows.locator(".tag").allInnerTexts(), ["click"]);
  await page.getByRole("button", { name: "Go on" }).click();
  await send("view");
  await rows.nth(1).waitFor();
  await page.getByRole("button", { name: /^click/ }).click();
  await page.waitForFunction(() => ![...document.querySelectorAll("tbody .tag")].some((tag) => tag.textContent === "click"));
  assert.deepEqual(await axeFaults(page), []);
  await done(opened);
});

it("no curation and a broken address say what to do", async () => {
  const opened = await at("merchandising/there-is-none");
  const { page } = opened;
  await page.getByText("There is no such curation").waitFor();
  await page.getByRole("link", { name: "All curations" }).click();
  await page.getByRole("heading", { name: "Merchandising", level: 1 }).waitFor();
  await done(opened);
});
