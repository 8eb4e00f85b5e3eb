// A real server with a shop of its own, and a real browser before it.
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { api, browserAt, current, EVIL, startFront, startServer } from "../../../testbed.mjs";

export { EVIL, missing } from "../../../testbed.mjs";
export const KEY = "mk_console_tests";
export const SHOP = "gifts";
const dist = process.env.CONSOLE_DIST ?? fileURLToPath(new URL("../../dist/", import.meta.url));

/** A server with its front, a browser, and ways about the console. */
export async function startConsole() {
  const [server, browser] = [await startServer("--admin-key", KEY), await startBrowser()];
  const front = await startFront(server.url, { name: "console", dist });
  const { url } = front;
  const goTo = async (page, section) => {
    await page.goto(`${url}/console/#/${SHOP}/${section}`);
    await page.locator("main h1").waitFor();
    await settled(page);
  };
  /** A signed-in page at a section. */
  const at = async (section, options) => {
    const opened = await openPage(browser, url, options);
    await signIn(opened.page);
    await opened.page.locator(".frame").waitFor();
    await goTo(opened.page, section);
    return opened;
  };
  const stop = async () => {
    await browser.close();
    await front.stop();
    await server.stop();
  };
  return { url, browser, ask: api(server.url, KEY), at, goTo, stop };
}

/** Waits until nothing is being loaded. */
export async function settled(page) {
  await page.waitForFunction(() => !document.querySelector("main .loading"));
}

/** Leaves a page on which nothing went wrong, and which asked no other host. */
export async function done({ page, context, faults, hosts }) {
  const host = new URL(page.url()).host;
  await context.close();
  assert.deepEqual(faults, []);
  assert.deepEqual([...hosts], [host]);
}

/** What is gravely wrong on a page for those who do not see it. */
export async function axeFaults(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"));
  const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const grave = found.violations.filter((one) => ["serious", "critical"].includes(one.impact));
  return grave.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`).join("\n")}`);
}

/** Items in two languages, people who search in vain, purchases, reviews. */
export async function fill(ask) {
  await ask("POST", "/v1/shops", { id: SHOP, settings: { encoders: [], pictures: null } });
  const price = (amount) => ({ amount, currency: "EUR" });
  const items = [{ id: "evil", title: EVIL, brand: "<b>Evil</b>", price: price(66) }];
  for (let at = 0; at < 8; at++) {
    items.push({ id: `jacket-${at}`, title: { zh: `户外冲锋衣 防水 ${at}`, en: `Storm jacket ${at}` }, brand: "北境", category: [["户外", "冲锋衣"]], price: price(90 + at) });
    items.push({ id: `boots-${at}`, title: `Waterproof hiking boots ${at}`, brand: "Northwall", category: [["Shoes", "Hiking"]], price: price(70 + 2 * at), rating: 3.5 + at / 10, rating_count: 10 * at });
    items.push({ id: `card-${at}`, title: `Hello thank you card ${at}`, brand: "Papier", category: [["Cards"]], price: price(2 + at / 10) });
  }
  await ask("POST", `/v1/${SHOP}/items`, items);
  await ask("POST", `/v1/${SHOP}/events`, [...vainSearches(), ...purchases(), ...reviews()]);
  // A view lets the words be read anew, as the next change of the catalogue would.
  for (const query of ["登山服", "登山服", "watreproof tent zzqq"]) await ask("POST", `/v1/${SHOP}/search`, { query, user: "ann" });
  await ask("PUT", `/v1/${SHOP}/items/last`, { title: "last" });
  await current(ask, SHOP);
}

function ago(days, minute = 0) {
  return new Date(Date.now() - days * 86_400_000 + minute * 60_000).toISOString();
}

function vainSearches() {
  return [0, 1, 2, 3, 4].flatMap((person) => {
    const deed = (type, query, minute) => ({ type, query, user: `p${person}`, session: `s${person}`, time: ago(1, minute) });
    return [deed("search", "登山服", 1), deed("search", "冲锋衣", 2), ...[0, 1, 2].map((at) => ({ ...deed("click", "冲锋衣", 3), item: `jacket-${at}` }))];
  });
}

function purchases() {
  const events = [];
  for (let day = 80; day > 0; day--) {
    for (const kind of ["boots", "card"]) {
      const user = `${kind}-fan-${day % 9}`;
      const session = `${user}-${day}`;
      for (const at of [day % 8, (day + 1) % 8, (day * 3) % 8]) events.push({ type: "purchase", user, session, item: `${kind}-${at}`, time: ago(day) });
    }
  }
  return events;
}

function reviews() {
  const said = ["Great boots, very comfortable and warm", "Bad quality, the sole broke after a week", "质量很好，非常舒服"];
  return said.map((text, at) => ({ type: "review", user: `critic-${at}`, item: "boots-1", text, rating: at === 1 ? 0.2 : 1, time: ago(3 + at) }));
}

export async function startBrowser() {
  return chromium.launch({ executablePath: browserAt, args: ["--no-sandbox", "--disable-gpu", "--lang=en-GB"] });
}

/** A page that remembers whatever went wrong on it, and every host it asked. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: "en-GB", acceptDownloads: true, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const faults = [];
  const hosts = new Set();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !/Failed to load resource/.test(message.text()) && faults.push(message.text()));
  page.on("request", (request) => !request.url().startsWith("blob:") && hosts.add(new URL(request.url()).host));
  await page.goto(`${url}/console/`);
  return { page, context, faults, hosts };
}

export async function signIn(page, key = KEY) {
  await page.getByLabel(/Administrator's key|管理员密钥/).fill(key);
  await page.getByRole("button", { name: /^(Sign in|登录)$/ }).click();
}

/** A picture for people to look at, where SHOTS names a folder. */
export async function shot(page, name, options = {}) {
  if (!process.env.SHOTS) return;
  await mkdir(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`), ...options });
}
