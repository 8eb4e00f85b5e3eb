// A real server with a shop of its own, and a real browser before it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const SHOP = "outdoor";
/** A title that would run, were it ever taken for markup. */
export const EVIL = `<script>window.evil = 1</script><img src=x onerror="window.evil = 2"> Evil boots`;
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const binary = process.env.MERCATO_BIN ?? path.join(root, "target/debug/mercato");
const browserAt = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why the tests cannot run here, or null. */
export function missing() {
  if (!existsSync(binary)) return `no binary at ${binary}: run cargo build, or set MERCATO_BIN`;
  if (!existsSync(browserAt)) return `no browser at ${browserAt}: run web/install-chromium.sh, or set CHROMIUM`;
  return null;
}

export async function startServer(...access) {
  const folder = await mkdtemp(path.join(tmpdir(), "mercato-shop-"));
  const child = spawn(binary, ["--json", "--data-dir", folder, "serve", "--bind", "127.0.0.1:0", ...(access.length ? access : ["--open"])], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (data) => (log = (log + data).slice(-4000)));
  const url = await new Promise((then, fail) => {
    child.stdout.once("data", (line) => then(JSON.parse(line).url));
    child.once("exit", () => fail(new Error(`the server does not start: ${log}`)));
  });
  const stop = async () => {
    child.kill("SIGTERM");
    if (child.exitCode === null) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  };
  return { url, stop };
}

const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8" };
/** As the server guards its pages. */
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * The built files under `/shop/`, guarded as the server guards them, and the server behind them under one address, each of its
 * answers `lateMs` late.
 */
export async function startFront(url, lateMs = 0) {
  const front = http.createServer((request, answer) => void serve(request, answer).catch(() => answer.destroy()));
  async function serve(request, answer) {
    const [, name] = /^\/shop\/([^?]*)/.exec(request.url) ?? [];
    if (name !== undefined) {
      const file = name && existsSync(path.join(dist, name)) ? name : "index.html";
      answer.writeHead(200, { "content-type": KINDS[path.extname(file)], "content-security-policy": POLICY, "x-content-type-options": "nosniff" });
      return answer.end(await readFile(path.join(dist, file)));
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (lateMs) await new Promise((then) => setTimeout(then, lateMs));
    const headers = { ...request.headers };
    for (const name of ["host", "connection", "content-length", "accept-encoding"]) delete headers[name];
    const told = await fetch(url + request.url, { method: request.method, headers, body: chunks.length ? Buffer.concat(chunks) : undefined });
    answer.writeHead(told.status, { "content-type": told.headers.get("content-type") ?? "text/plain" });
    answer.end(Buffer.from(await told.arrayBuffer()));
  }
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const stop = () => {
    front.closeAllConnections();
    return new Promise((then) => front.close(then));
  };
  return { url: `http://127.0.0.1:${front.address().port}`, stop };
}

/** Asks the API beside the browser. */
export function api(url, key) {
  return async (method, route, body) => {
    const headers = { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
    const answer = await fetch(url + route, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${text}`);
    return text ? JSON.parse(text) : null;
  };
}

const BRANDS = ["Northwall", "Tarn", "Fell & Co"];

/** Items in two languages, and people who bought things together. */
export async function fill(ask) {
  await ask("POST", "/v1/shops", { id: SHOP, settings: { encoders: [], pictures: null } });
  const price = (amount) => ({ amount, currency: "EUR" });
  const items = [{ id: "evil", title: EVIL, brand: "<b>Evil</b>", category: [["<i>Evil</i>"]], price: price(66) }];
  for (let at = 0; at < 10; at++) {
    const brand = BRANDS[at % 3];
    items.push({ id: `jacket-${at}`, title: { zh: `户外冲锋衣 防水 ${at} 号`, en: `Storm jacket ${at}` }, brand, category: [["Clothing", "Jackets"]], price: price(90 + at) });
    items.push({ id: `boots-${at}`, title: `Waterproof hiking boots ${at}`, brand, category: [["Shoes", "Hiking"]], price: price(70 + 2 * at), rating: 3.5 + at / 10, rating_count: 10 * at });
    items.push({ id: `mug-${at}`, title: `Enamel camping mug ${at}`, brand, category: [["Camping", "Mugs"]], price: price(8 + at / 10) });
    items.push({ id: `cup-${at}`, title: `红色 保温杯 ${at} 号`, brand, category: [["Camping", "杯子"]], price: price(12 + at / 10) });
  }
  await ask("POST", `/v1/${SHOP}/items`, items);
  await ask("POST", `/v1/${SHOP}/events`, purchases());
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
  return chromium.launch({ executablePath: browserAt, args: ["--no-sandbox", "--disable-gpu", "--lang=en-GB"] });
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
