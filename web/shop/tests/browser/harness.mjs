// A real server with a shop of its own, and a real browser before it.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import * as testbed from "../../../testbed.mjs";

export { api, current, EVIL, missing } from "../../../testbed.mjs";
export const SHOP = "outdoor";
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));

export function startServer(...access) {
  return testbed.startServer(...(access.length ? access : ["--open"]));
}

export function startFront(url, lateMs) {
  return testbed.startFront(url, { name: "shop", dist, lateMs });
}

const BRANDS = ["Northwall", "Tarn", "Fell & Co"];

/** Items in two languages, and people who bought things together. */
export async function fill(ask) {
  await ask("POST", "/v1/shops", { id: SHOP, settings: { encoders: [], pictures: null } });
  const price = (amount) => ({ amount, currency: "EUR" });
  const items = [{ id: "evil", title: testbed.EVIL, brand: "<b>Evil</b>", category: [["<i>Evil</i>"]], price: price(66) }];
  for (let at = 0; at < 10; at++) {
    const brand = BRANDS[at % 3];
    items.push({ id: `jacket-${at}`, title: { zh: `户外冲锋衣 防水 ${at} 号`, en: `Storm jacket ${at}` }, brand, category: [["Clothing", "Jackets"]], price: price(90 + at) });
    items.push({ id: `boots-${at}`, title: `Waterproof hiking boots ${at}`, brand, category: [["Shoes", "Hiking"]], price: price(70 + 2 * at), rating: 3.5 + at / 10, rating_count: 10 * at });
    items.push({ id: `mug-${at}`, title: `Enamel camping mug ${at}`, brand, category: [["Camping", "Mugs"]], price: price(8 + at / 10) });
    items.push({ id: `cup-${at}`, title: `红色 保温杯 ${at} 号`, brand, category: [["Camping", "杯子"]], price: price(12 + at / 10) });
  }
  await ask("POST", `/v1/${SHOP}/items`, items);
  await ask("POST", `/v1/${SHOP}/events`, purchases());
  await testbed.current(ask, SHOP);
}

function ago(days) {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

function purchases() {
  const events = [];
  for (let day = 60; day > 0; day--) {
    for (const kind of ["boots", "jacket", "mug", "cup"]) {
      const user = `${kind}-fan-${day % 9}`;
      const session = `${user}-${day}`;
      for (const at of [day % 10, (day + 1) % 10, (day * 3) % 10]) events.push({ type: "purchase", user, session, item: `${kind}-${at}`, time: ago(day) });
    }
  }
  return events;
}

export async function startBrowser() {
  return chromium.launch({ executablePath: testbed.browserAt, args: ["--no-sandbox", "--disable-gpu", "--lang=en-GB"] });
}

/** A page that remembers whatever went wrong on it, every host it asked, and how far it shifted. */
export async function openPage(browser, url, search = "", options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 }, locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  const faults = [];
  const hosts = new Set();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !/Failed to load resource/.test(message.text()) && faults.push(message.text()));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  await page.addInitScript(() => {
    window.shifted = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => !entry.hadRecentInput && (window.shifted += entry.value))).observe({ type: "layout-shift", buffered: true });
  });
  await page.goto(`${url}/shop/${search}`);
  return { page, context, faults, hosts };
}

/** A picture for people to look at, where SHOTS names a folder. */
export async function shot(page, name, options = {}) {
  if (!process.env.SHOTS) return;
  await mkdir(process.env.SHOTS, { recursive: true });
  await page.screenshot({ path: path.join(process.env.SHOTS, `${name}.png`), ...options });
}
