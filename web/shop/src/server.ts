import { liteClient } from "algoliasearch/lite";
import type { SearchClient } from "instantsearch.js";
import type { Told } from "./lib/events";
import { type Asked, type NativeAnswer, nativeSearch, orderOf, told } from "./lib/native";
import type { Reading } from "./lib/reading";
import type { Explained } from "./lib/why";

/** A failed call, with what the server said. */
export class Failure extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Suggestion {
  text: string;
  kind: "query" | "category" | "brand" | "product";
  span: [number, number];
  path?: string[] | null;
}

export interface Explanation {
  position?: number | null;
  total?: number;
  explanation?: Explained | null;
  /** What keeps it out of the answer. */
  reasons?: { code: string }[];
}

/** What is known of a shop before anything is searched. */
export interface Shop {
  name: string;
  /** All shops that the key opens. */
  others: string[];
  /** Whether its records came by the storefront protocol; else it is searched by meaning, and has orders of its own. */
  isTold: boolean;
  facets: string[];
  /** Names of indices, the shop's own first. */
  orders: { name: string; says: string }[];
  currency: string | null;
  hasPrices: boolean;
  /** Whether anything is popular yet. */
  isVisited: boolean;
}

type Record_ = Record<string, unknown>;

/** The server that this page came from: no other is ever asked. */
export class Server {
  /** Keys of findings that the visitor has taken away. */
  without: string[] = [];
  /** How the query of the last answer was understood. */
  reading: Reading | null = null;
  private asked = "";
  private understanding = Promise.resolve();
  private readonly client;

  constructor(
    private readonly shop: string,
    private readonly key: string | null,
    private readonly isTold = true,
  ) {
    const { host, protocol } = location;
    const own = { url: host, accept: "readWrite" as const, protocol: protocol === "https:" ? ("https" as const) : ("http" as const) };
    // In headers, where no proxy writes it down.
    this.client = liteClient(shop, key ?? "none", { hosts: [own], authMode: "WithinHeaders" });
  }

  /** What InstantSearch asks: by its protocol, or natively what that has no words for. */
  searchClient(): SearchClient {
    const search = async (requests: readonly Asked[]) => {
      const natively = (one: Asked) => orderOf(one.indexName) !== null || (!this.isTold && this.without.length > 0);
      const answer = requests.some(natively)
        ? Promise.all(requests.map((one) => this.searchNatively(one))).then((results) => ({ results }))
        : this.client.search(requests as Parameters<typeof this.client.search>[0]);
      // Both are shown at once, so that neither moves the other.
      const [told] = await Promise.all([answer, this.understand(String(requests[0]?.params?.query ?? ""))]);
      return told;
    };
    return { search } as unknown as SearchClient;
  }

  private async searchNatively(asked: Asked): Promise<Record_> {
    return told(asked, await this.post<NativeAnswer>("search", nativeSearch(asked, this.without)));
  }

  /** Reads a query; of two searches for the same one the second waits for the reading of the first. */
  private understand(query: string): Promise<void> {
    const asked = JSON.stringify([query, this.without]);
    if (asked !== this.asked) {
      this.asked = asked;
      this.understanding = this.readInto(asked, query);
    }
    return this.understanding;
  }

  /** A reading that fails costs the visitor nothing but the reading. */
  private async readInto(asked: string, query: string): Promise<void> {
    const isRead = query.trim() !== "" && !this.isTold;
    const reading = isRead ? await this.post<Reading>("understand", { query, understanding: { without: this.without } }).catch(() => null) : null;
    if (this.asked === asked) this.reading = reading;
  }

  async suggest(text: string, anonymous: string | null, signal: AbortSignal): Promise<Suggestion[]> {
    const address = new URLSearchParams({ q: text, kinds: "query:5,category:3,brand:3,product:4", ...(anonymous ? { anonymous } : {}) });
    const answer = await this.call<{ suggestions: Suggestion[] }>(`suggest?${address}`, { signal });
    return answer.suggestions;
  }

  /** Records that look like a picture (JPEG in base64), the likest first. */
  async lookAlike(picture: string, most: number): Promise<Record_[]> {
    const answer = await this.post<NativeAnswer>("pictures/search", { picture, limit: most, record: false });
    return told({ indexName: this.shop, params: { hitsPerPage: most } } as Asked, answer).hits as Record_[];
  }

  explain(item: string, question: Record_): Promise<Explanation> {
    return this.post<Explanation>("explain", { item, ...question });
  }

  /** Records that go with an item, or with a visitor. */
  async recommend(model: string, options: { objectID?: string; userToken?: string | null; most: number }): Promise<Record_[]> {
    const { objectID, userToken, most } = options;
    const request = { indexName: this.shop, model, threshold: 0, maxRecommendations: most, ...(objectID ? { objectID } : {}), ...(userToken ? { queryParameters: { userToken }, userToken } : {}) };
    const answer = await this.client.customPost({ path: "1/indexes/*/recommendations", body: { requests: [request] } });
    return (answer.results as { hits: Record_[] }[])[0]?.hits ?? [];
  }

  async record(objectID: string): Promise<Record_ | null> {
    const answer = await this.client.customPost({ path: "1/indexes/*/objects", body: { requests: [{ indexName: this.shop, objectID }] } });
    return (answer.results as (Record_ | null)[])[0] ?? null;
  }

  async tell(events: Told[]): Promise<void> {
    await this.client.customPost({ path: "1/events", body: { events } });
  }

  /** Learns what there is to show; whatever is refused to the key is gone without. */
  static async meet(shop: string | null, key: string | null): Promise<{ shop: Shop | null; others: string[] }> {
    const [shops, indices] = await Promise.all([shopsOf(key), new Server(shop ?? "shop", key).indices()]);
    const others = [...new Set([...shops, ...indices.filter((one) => !one.primary).map((one) => one.name)])].sort();
    const name = shop ?? others[0];
    if (!name) return { shop: null, others };
    const index = indices.find((one) => one.name === name);
    const server = new Server(name, key);
    const first = { indexName: name, query: "", hitsPerPage: 1, facets: ["*"], analytics: false };
    const [answer, currency, popular] = await Promise.all([
      server.client.search({ requests: [first] }).then(({ results }) => results[0] as { facets?: Record<string, Record<string, number>>; facets_stats?: Record_ }),
      server.currency(),
      server.recommend("recommended-for-you", { most: 1 }).catch(() => []),
    ]);
    const stats = answer.facets_stats ?? {};
    const hasPrices = "price" in stats;
    const facets = Object.keys(answer.facets ?? {}).filter((attribute) => !(attribute in stats) && !["available", "price"].includes(attribute));
    const replicas = (index?.replicas ?? []).map((one) => one.replace(/^virtual\((.*)\)$/, "$1"));
    const orders = [{ name, says: "relevance" }, ...replicas.map((one) => ({ name: one, says: replica(one, name) })), ...(index || !hasPrices ? [] : priceOrders(name))];
    return { shop: { name, others, isTold: Boolean(index), facets: facets.slice(0, 5), orders, currency, hasPrices, isVisited: popular.length > 0 }, others };
  }

  private async indices(): Promise<Index[]> {
    try {
      const request = { method: "GET" as const, path: "1/indexes", queryParameters: {}, headers: {}, cacheable: false };
      return (await this.client.transporter.request<{ items: Index[] }>(request, {})).items;
    } catch {
      return [];
    }
  }

  private async currency(): Promise<string | null> {
    try {
      const answer = await this.post<NativeAnswer>("search", { limit: 1, record: false, filter: "price > 0" });
      const currency = answer.items[0]?.item.price?.currency ?? null;
      return currency === "XXX" ? null : currency;
    } catch {
      return null;
    }
  }

  private post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.call<Answer>(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  }

  private async call<Answer>(path: string, options: RequestInit): Promise<Answer> {
    return ask<Answer>(`/v1/${encodeURIComponent(this.shop)}/${path}`, this.key, options);
  }
}

async function ask<Answer>(path: string, key: string | null, options: RequestInit = {}): Promise<Answer> {
  const headers = { ...(options.headers as Record<string, string> | undefined), ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const answer = await fetch(path, { ...options, headers });
  if (!answer.ok) throw new Failure(answer.status, await answer.text());
  return (await answer.json()) as Answer;
}

async function shopsOf(key: string | null): Promise<string[]> {
  return ask<{ shops: { id: string }[] }>("/v1/shops", key).then(({ shops }) => shops.map((shop) => shop.id), () => []);
}

interface Index {
  name: string;
  primary?: string;
  replicas?: string[];
}

/** What a replica's name says beside its primary's. */
function replica(name: string, primary: string): string {
  return (name.startsWith(primary) ? name.slice(primary.length) : name).replace(/[_-]+/g, " ").trim() || name;
}

function priceOrders(shop: string): Shop["orders"] {
  return (["asc", "desc"] as const).map((order) => ({ name: [shop, "price", order].join("::"), says: `price.${order}` }));
}
