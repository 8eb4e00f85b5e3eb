import type { components } from "./schema";
import * as session from "../lib/session";

export type Schemas = components["schemas"];
type Detail = Schemas["ErrorDetail"];

/** A request that was not answered as asked: what the server says, or that it could not be reached. */
export class ApiError extends Error {
  constructor(
    /** 0 where there was no answer. */
    readonly status: number,
    readonly detail: Detail,
    readonly traceId: string,
  ) {
    super(detail.message);
  }

  get field(): string {
    return this.detail.field ?? "";
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** The methods of the native API, with the session's key. */
export interface Api {
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T>;
  put<T>(path: string, body: unknown): Promise<T>;
  patch<T>(path: string, body: unknown): Promise<T>;
  delete<T>(path: string): Promise<T>;
  text(path: string, signal?: AbortSignal): Promise<string>;
  /** An answer that comes piece by piece; there once it begins. */
  stream(path: string, signal: AbortSignal): Promise<AsyncIterable<string>>;
}

/** What happens when the server does not know the key any more. */
let onSignedOut: () => void = () => {};

export function whenSignedOut(then: () => void): void {
  onSignedOut = then;
}

async function send(method: string, path: string, body: unknown, signal?: AbortSignal, key = session.read()?.key ?? ""): Promise<Response> {
  const headers: Record<string, string> = {};
  if (key) headers["authorization"] = `Bearer ${key}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    const init: RequestInit = { method, headers, credentials: "omit", cache: "no-store" };
    if (body !== undefined) init.body = typeof body === "string" ? body : JSON.stringify(body);
    if (signal) init.signal = signal;
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, { code: "unreachable", message: String(error), docs: "" }, "");
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function failure(response: Response): Promise<ApiError> {
  const trace = response.headers.get("x-request-id") ?? "";
  try {
    const answer = (await response.json()) as Schemas["ErrorAnswer"];
    return new ApiError(response.status, answer.error, answer.trace_id);
  } catch {
    return new ApiError(response.status, { code: `http_${response.status}`, message: response.statusText, docs: "" }, trace);
  }
}

async function json<T>(response: Promise<Response>): Promise<T> {
  try {
    const answer = await response;
    const text = await answer.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401 && session.read()) onSignedOut();
    throw error;
  }
}

function asked(path: string, query: Query = {}): string {
  const said = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === null || value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  return said.length ? `${path}?${new URLSearchParams(said)}` : path;
}

export const api: Api = {
  get: (path, query, signal) => json(send("GET", asked(path, query), undefined, signal)),
  post: (path, body, signal) => json(send("POST", path, body, signal)),
  put: (path, body) => json(send("PUT", path, body)),
  patch: (path, body) => json(send("PATCH", path, body)),
  delete: (path) => json(send("DELETE", path, undefined)),
  text: async (path, signal) => (await send("GET", path, undefined, signal)).text(),
  stream: async (path, signal) => pieces(await send("GET", path, undefined, signal)),
};

async function* pieces(response: Response): AsyncIterable<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield decoder.decode(piece.value, { stream: true });
}

/** Posts, and tells the seconds that the engine took, by the header `Server-Timing`. */
export async function timed<T>(path: string, body: unknown, signal?: AbortSignal): Promise<{ answer: T; seconds: number | null }> {
  const response = await send("POST", path, body, signal);
  const engine = /engine;dur=([\d.]+)/.exec(response.headers.get("server-timing") ?? "");
  return { answer: (await response.json()) as T, seconds: engine ? Number(engine[1]) / 1000 : null };
}

/** What a key opens: all shops, one, or nothing (then it throws). `shop` is asked where the key is that of a shop. */
export async function tryKey(key: string, shop: string): Promise<{ shops: string[]; onlyShop: string | null }> {
  try {
    const page = (await (await send("GET", "/v1/shops", undefined, undefined, key)).json()) as Schemas["ShopPage"];
    return { shops: page.shops.map((one) => one.id), onlyShop: null };
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 403 || !shop) throw error;
    await send("GET", `/v1/${encodeURIComponent(shop)}/keys`, undefined, undefined, key);
    return { shops: [shop], onlyShop: shop };
  }
}
