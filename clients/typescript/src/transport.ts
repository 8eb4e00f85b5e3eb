import { ApiError, NetworkError, TimeoutError, errorOf } from "./errors.js";

/** How the client is set up. */
export interface ClientOptions {
  /** The server, such as `http://127.0.0.1:7700`. */
  url: string;
  /** A key, `mk_...`; none where the server asks for none. */
  key?: string;
  /** Milliseconds one attempt may take; 10,000 where not said. */
  timeoutMs?: number;
  /** Attempts after the first one; 3 where not said. */
  retries?: number;
  /** The wait before the first repetition is between 0 and this many milliseconds; 100 where not said. It doubles each time. */
  backoffMs?: number;
  /** The longest wait in milliseconds, 10,000 where not said. Where the server asks for a longer one, its error is thrown. */
  backoffMsMax?: number;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
  /** In place of `Math.random`; from 0 to below 1. */
  random?: () => number;
  /** In place of a timer. */
  sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** What may be said of one call. */
export interface CallOptions {
  /** Ends the call with all its attempts; its reason is thrown. */
  signal?: AbortSignal;
  /** As in {@link ClientOptions}, for this call. */
  timeoutMs?: number;
  /** As in {@link ClientOptions}, for this call. */
  retries?: number;
  /** Further headers. */
  headers?: Record<string, string>;
}

/** One request, not yet tied to a server. */
export interface Call {
  method: string;
  path: string;
  query?: object;
  body?: unknown;
  /** Whether a second one changes nothing more, so that the call may be repeated. */
  idempotent: boolean;
}

/** Statuses by which the server says that it did nothing yet and wants to be asked again. */
const AGAIN = [429, 503];

/** Sends calls to one server, and repeats them where that is safe. */
export class Transport {
  readonly #options: Required<Omit<ClientOptions, "key">>;
  readonly #headers: Record<string, string>;

  constructor(options: ClientOptions) {
    this.#options = {
      url: options.url.replace(/\/+$/, ""),
      timeoutMs: options.timeoutMs ?? 10_000,
      retries: options.retries ?? 3,
      backoffMs: options.backoffMs ?? 100,
      backoffMsMax: options.backoffMsMax ?? 10_000,
      // Called as a function of its own: browsers refuse a `fetch` whose `this` is another object.
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      random: options.random ?? Math.random,
      sleep: options.sleep ?? sleep,
    };
    this.#headers = options.key ? { authorization: `Bearer ${options.key}` } : {};
  }

  /** Sends a call and reads the JSON of its answer; `undefined` where there is none. */
  async json<T>(call: Call, options: CallOptions = {}): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#attempt<T>(call, options);
      } catch (error) {
        const wait = this.#wait(error, call, attempt, options.retries ?? this.#options.retries);
        if (wait === undefined) throw error;
        const { sleep } = this.#options;
        await sleep(wait, options.signal);
      }
    }
  }

  async #attempt<T>(call: Call, options: CallOptions): Promise<T> {
    options.signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(options.timeoutMs ?? this.#options.timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    const headers: Record<string, string> = { accept: "application/json", ...this.#headers, ...options.headers };
    const isBinary = call.body instanceof Blob;
    if (call.body !== undefined) headers["content-type"] = isBinary ? (call.body as Blob).type : "application/json";
    const body = call.body === undefined || isBinary ? (call.body as Blob | undefined) : JSON.stringify(call.body);
    try {
      const url = this.#options.url + call.path + queryOf(call.query);
      const { fetch } = this.#options;
      const response = await fetch(url, { method: call.method.toUpperCase(), headers, body, signal });
      if (!response.ok) throw await errorOf(response);
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") ?? false;
      return (isJson && text ? JSON.parse(text) : text || undefined) as T;
    } catch (error) {
      if (error instanceof ApiError) throw error;
      if (options.signal?.aborted) throw options.signal.reason;
      if (timeout.aborted) throw new TimeoutError("no answer in time", { cause: error });
      throw new NetworkError(`no answer: ${reasonOf(error)}`, { cause: error });
    }
  }

  /** Milliseconds until the next attempt; `undefined` where there is none. */
  #wait(error: unknown, call: Call, attempt: number, retries: number): number | undefined {
    if (attempt >= retries || !call.idempotent) return undefined;
    const isRefusal = error instanceof ApiError && AGAIN.includes(error.status);
    if (!isRefusal && !(error instanceof NetworkError) && !(error instanceof TimeoutError)) return undefined;
    const { backoffMs, backoffMsMax, random } = this.#options;
    // Full jitter: clients that failed together do not come back together.
    const jitter = random() * Math.min(backoffMsMax, backoffMs * 2 ** attempt);
    const asked = isRefusal && error.retryAfter !== undefined ? error.retryAfter * 1000 : 0;
    return asked > backoffMsMax ? undefined : asked + jitter;
  }
}

/** `?name=value&…`; lists are joined by commas, what is absent is left out. */
function queryOf(query: object = {}): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const text = new URLSearchParams(said.map(([name, value]) => [name, String(value)])).toString();
  return text && `?${text}`;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
