// What walks through the pages stand on: a real server with data of its own, and a page's built files before it. Needs nothing
// but Node.js.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** A title that would run, were it ever taken for markup. */
export const EVIL = `<script>window.evil = 1</script><img src=x onerror="window.evil = 2"> Evil boots`;
const binary = process.env.MERCATO_BIN ?? fileURLToPath(new URL("../target/debug/mercato", import.meta.url));
export const browserAt = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why the tests cannot run here, or null. */
export function missing() {
  if (!existsSync(binary)) return `no binary at ${binary}: run cargo build, or set MERCATO_BIN`;
  if (!existsSync(browserAt)) return `no browser at ${browserAt}: run web/install-chromium.sh, or set CHROMIUM`;
  return null;
}

/** A server with a data folder of its own, started with these arguments beside where to listen. */
export async function startServer(...access) {
  const folder = await mkdtemp(path.join(tmpdir(), "mercato-walk-"));
  const child = spawn(binary, ["--json", "--data-dir", folder, "serve", "--bind", "127.0.0.1:0", ...access], { stdio: ["ignore", "pipe", "pipe"] });
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
const OF_ONE_HOP = ["host", "connection", "content-length", "content-encoding", "transfer-encoding", "accept-encoding"];

/**
 * The built files of `dist` under `/<name>/`, guarded as the server guards them, and the server behind them under one address,
 * each of its answers `lateMs` late.
 */
export async function startFront(url, { name, dist, lateMs = 0 }) {
  const base = `/${name}/`;
  const front = http.createServer((request, answer) => void serve(request, answer).catch(() => answer.destroy()));
  async function serve(request, answer) {
    const { pathname } = new URL(request.url, "http://front");
    if (pathname.startsWith(base)) {
      const wanted = pathname.slice(base.length);
      const file = wanted && existsSync(path.join(dist, wanted)) ? wanted : "index.html";
      answer.writeHead(200, { "content-type": KINDS[path.extname(file)] ?? "text/plain", "content-security-policy": POLICY, "x-content-type-options": "nosniff" });
      return answer.end(await readFile(path.join(dist, file)));
    }
    const abort = new AbortController();
    answer.on("close", () => abort.abort());
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    if (lateMs) await new Promise((then) => setTimeout(then, lateMs));
    const passed = (headers) => Object.fromEntries(headers.filter(([one]) => !OF_ONE_HOP.includes(one)));
    const headers = passed(Object.entries(request.headers));
    const told = await fetch(url + request.url, { method: request.method, headers, body: chunks.length ? Buffer.concat(chunks) : undefined, redirect: "manual", signal: abort.signal });
    answer.writeHead(told.status, passed([...told.headers]));
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

/** Waits until a shop's items are found by words and vectors, and queries are read with their words. */
export async function current(ask, shop) {
  for (let looks = 0; looks < 900; looks++) {
    const { index_lag, lexicon_lag, embeddings_pending } = await ask("GET", `/v1/${shop}/stats`);
    if (!index_lag && !lexicon_lag && !embeddings_pending) return;
    await new Promise((then) => setTimeout(then, 100));
  }
  throw new Error(`${shop} is not current after 90 seconds`);
}
