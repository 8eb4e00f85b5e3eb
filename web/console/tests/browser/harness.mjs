// A real server with a shop of its own, and a real browser before it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const KEY = "mk_console_tests";
export const SHOP = "gifts";
/** A title that would run, were it ever taken for markup. */
export const EVIL = `<script>window.evil = 1</script><img src=x onerror="window.evil = 2"> Evil boots`;
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const dist = process.env.CONSOLE_DIST ?? fileURLToPath(new URL("../../dist/", import.meta.url));
const binary = process.env.MERCATO_BIN ?? path.join(root, "target/debug/mercato");
const browserAt = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why the tests cannot run here, or null. */
export function missing() {
  if (!existsSync(binary)) return `no binary at ${binary}: run cargo build, or set MERCATO_BIN`;
  if (!existsSync(browserAt)) return `no browser at ${browserAt}: run web/install-chromium.sh, or set CHROMIUM`;
  return null;
}

export async function startServer() {
  const folder = await mkdtemp(path.join(tmpdir(), "mercato-console-"));
  const child = spawn(binary, ["--json", "--data-dir", folder, "serve", "--bind", "127.0.0.1:0", "--admin-key", KEY], { stdio: ["ignore", "pipe", "pipe"] });
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

const KINDS = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
/** As the server guards its pages. */
const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The built files under `/console/`, guarded as the server guards them, and the server behind them under one address. */
export async function startFront(url) {
  const front = http.createServer((request, answer) => void serve(request, answer).catch(() => answer.destroy()));
  async function serve(request, answer) {
    const [, name] = /^\/console\/([^?]*)/.exec(request.url) ?? [];
    if (name !== undefined) {
      const file = name && existsSync(path.join(dist, name)) ? name : "index.html";
      answer.writeHead(200, { "content-type": KINDS[path.extname(file)] ?? "text/plain", "content-security-policy": POLICY });
      return answer.end(await readFile(path.join(dist, file)));
    }
    const abort = new AbortController();
    answer.on("close", () => abort.abort());
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = { ...request.headers };
    for (const one of ["host", "connection", "content-length", "accept-encoding"]) delete headers[one];
    const told = await fetch(url + request.url, { method: request.method, headers, body: chunks.length ? Buffer.concat(chunks) : undefined, redirect: "manual", signal: abort.signal });
    const passed = [...told.headers].filter(([one]) => !["content-encoding", "content-length", "transfer-encoding", "connection"].includes(one));
    answer.writeHead(told.status, Object.fromEntries(passed));
    // Events live come piece by piece.
    for await (const piece of told.body ?? []) answer.write(piece);
    answer.end();
  }
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  const stop = () => {
    front.closeAllConnections();
    return new Promise((then) => front.close(then));
  };
  return { url: `http://127.0.0.1:${front.address().port}`, stop };
}

/** A server with its front, a browser, and ways about the console. */
export async function startConsole() {
  const [server, browser] = [await startServer(), await startBrowser()];
  const front = await startFront(server.url);
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
  return { url, browser, ask: api(server.url), at, goTo, stop };
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

/** Asks the API beside the browser. */
export function api(url) {
  return async (method, route, body) => {
    const headers = { authorization: `Bearer ${KEY}`, "content-type": "application/json" };
    const answer = await fetch(url + route, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${text}`);
    return text ? JSON.parse(text) : null;
  };
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
