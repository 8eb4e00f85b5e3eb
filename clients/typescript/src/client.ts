import { Transport, type CallOptions, type ClientOptions } from "./transport.js";
import { filled, isIdempotent, type Answer, type ApiPath, type MethodOf, type Parts, type Query, type Schemas } from "./routes.js";

/** A server. `shop` has what one shop answers; `request` reaches every route. */
export class Mercato {
  readonly shops: Shops;
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
    this.shops = new Shops(this);
  }

  /** One shop of the server. Nothing is asked yet. */
  shop(id: string): Shop {
    return new Shop(this, id);
  }

  /** Any route, typed by the server's description. `idempotent` says that a repeated POST does no harm. */
  request<P extends ApiPath, M extends MethodOf<P>>(
    method: M,
    path: P,
    parts: Parts<P, M>,
    options: CallOptions & { idempotent?: boolean } = {},
  ): Promise<Answer<P, M>> {
    const said = parts as { path?: Record<string, string | number>; query?: object; body?: unknown };
    const idempotent = options.idempotent ?? isIdempotent(method, path);
    const call = { method, path: filled(path, said.path), query: said.query, body: said.body, idempotent };
    return this.#transport.json<Answer<P, M>>(call, options);
  }

  /** Whether the server is up and all its shops are open. */
  ready(options?: CallOptions) {
    return this.request("get", "/ready", {}, options);
  }
}

/** The shops of a server; needs the administrator's key. */
export class Shops {
  readonly #server: Mercato;

  constructor(server: Mercato) {
    this.#server = server;
  }

  list(options?: CallOptions) {
    return this.#server.request("get", "/v1/shops", {}, options);
  }

  create(body: Schemas["ShopBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/shops", { body }, options);
  }

  get(shop: string, options?: CallOptions) {
    return this.#server.request("get", "/v1/shops/{shop}", { path: { shop } }, options);
  }

  /** Deletes a shop with everything it has. */
  delete(shop: string, options?: CallOptions) {
    return this.#server.request("delete", "/v1/shops/{shop}", { path: { shop } }, options);
  }
}

/** One shop. */
export class Shop {
  readonly items: Items;
  readonly events: Events;
  readonly settings: Settings;
  readonly keys: Keys;
  readonly experiments: Experiments;
  readonly flags: Flags;
  readonly id: string;
  readonly #server: Mercato;

  constructor(server: Mercato, id: string) {
    this.#server = server;
    this.id = id;
    this.items = new Items(server, id);
    this.events = new Events(server, id);
    this.settings = new Settings(server, id);
    this.keys = new Keys(server, id);
    this.experiments = new Experiments(server, id);
    this.flags = new Flags(server, id);
  }

  search(body: Schemas["SearchBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/{shop}/search", { path: this.#path, body }, options);
  }

  recommend(body: Schemas["RecommendBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/{shop}/recommend", { path: this.#path, body }, options);
  }

  /** What may be wanted after the first letters. */
  suggest(query: Query<"/v1/{shop}/suggest">, options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/suggest", { path: this.#path, query }, options);
  }

  /** How a query is read, step by step. */
  understand(body: Schemas["UnderstandBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/{shop}/understand", { path: this.#path, body }, options);
  }

  /** Where an item stands in an answer, and why. */
  explain(body: Schemas["ExplainBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/{shop}/explain", { path: this.#path, body }, options);
  }

  /** Items whose pictures are like the one in the body. */
  searchPictures(body: Schemas["SearchBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/{shop}/pictures/search", { path: this.#path, body }, options);
  }

  /** Queries that find nothing, with what may mend them. */
  queries(query: Query<"/v1/{shop}/queries"> = {}, options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/queries", { path: this.#path, query }, options);
  }

  synonyms(options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/synonyms", { path: this.#path }, options);
  }

  setSynonyms(body: Schemas["SynonymsBody"], options?: CallOptions) {
    return this.#server.request("put", "/v1/{shop}/synonyms", { path: this.#path, body }, options);
  }

  /** What reviews say of the shop, a brand or a category. */
  reviews(query: Query<"/v1/{shop}/reviews"> = {}, options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/reviews", { path: this.#path, query }, options);
  }

  stats(options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/stats", { path: this.#path }, options);
  }

  /** Forgets a user: state and events. */
  eraseUser(user: string, options?: CallOptions) {
    return this.#server.request("delete", "/v1/{shop}/users/{user}", { path: { ...this.#path, user } }, options);
  }

  get #path() {
    return { shop: this.id };
  }
}

/** The catalogue of a shop. */
export class Items {
  readonly #server: Mercato;
  readonly #shop: string;

  constructor(server: Mercato, shop: string) {
    this.#server = server;
    this.#shop = shop;
  }

  /** A page of the catalogue, in order of id. */
  list(query: Query<"/v1/{shop}/items"> = {}, options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/items", { path: { shop: this.#shop }, query }, options);
  }

  /** The whole catalogue, page by page. */
  async *all(options?: CallOptions): AsyncGenerator<Schemas["Item"]> {
    for (let after: string | undefined; ; ) {
      const page = await this.list({ after, limit: 1000 }, options);
      yield* page.items;
      if (!page.next) return;
      after = page.next;
    }
  }

  get(item: string, options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/items/{item}", { path: { shop: this.#shop, item } }, options);
  }

  /** Puts an item in, whole. */
  put(item: string, body: Schemas["Item"], options?: CallOptions) {
    return this.#server.request("put", "/v1/{shop}/items/{item}", { path: { shop: this.#shop, item }, body }, options);
  }

  /** Puts items in, whole; one refused row refuses all. */
  putMany(body: Schemas["Item"][], options?: CallOptions) {
    const parts = { path: { shop: this.#shop }, body };
    return this.#server.request("post", "/v1/{shop}/items", parts, { ...options, idempotent: true });
  }

  /** Changes what is named; `null` removes. */
  patch(item: string, body: Schemas["ItemPatch"], options?: CallOptions) {
    return this.#server.request("patch", "/v1/{shop}/items/{item}", { path: { shop: this.#shop, item }, body }, options);
  }

  delete(item: string, options?: CallOptions) {
    return this.#server.request("delete", "/v1/{shop}/items/{item}", { path: { shop: this.#shop, item } }, options);
  }

  /** Puts, patches and deletes in one batch. */
  batch(body: Schemas["ItemOperation"][], options?: CallOptions) {
    const parts = { path: { shop: this.#shop }, body };
    return this.#server.request("post", "/v1/{shop}/items:batch", parts, { ...options, idempotent: true });
  }

  /** Sets an item's picture: a JPEG, PNG or WebP file with its type. */
  setPicture(item: string, picture: Blob, options?: CallOptions) {
    const parts = { path: { shop: this.#shop, item }, body: picture as unknown as number[] };
    return this.#server.request("post", "/v1/{shop}/items/{item}/picture", parts, { ...options, idempotent: true });
  }

  reviews(item: string, query: Query<"/v1/{shop}/items/{item}/reviews"> = {}, options?: CallOptions) {
    const parts = { path: { shop: this.#shop, item }, query };
    return this.#server.request("get", "/v1/{shop}/items/{item}/reviews", parts, options);
  }
}

/** What happened in a shop. */
export class Events {
  readonly #server: Mercato;
  readonly #shop: string;

  constructor(server: Mercato, shop: string) {
    this.#server = server;
    this.#shop = shop;
  }

  /**
   * Appends events; they are durable when the answer comes. An event without an `event_id` gets a random one here, so that
   * a repetition counts once.
   */
  append(events: Schemas["Event"] | Schemas["Event"][], options?: CallOptions) {
    const named = [events].flat().map((event) => ({ ...event, event_id: event.event_id ?? crypto.randomUUID() }));
    return this.#post(named, {}, options);
  }

  /** Appends events as others write them, such as `segment`. Their ids are made from the documents. */
  appendAs(format: string, documents: object[], query: { currency?: string } = {}, options?: CallOptions) {
    return this.#post(documents, { ...query, format }, options);
  }

  /** Events of the log, from a position on. */
  log(query: Query<"/v1/{shop}/log"> = {}, options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/log", { path: { shop: this.#shop }, query }, options);
  }

  #post(documents: object[], query: { format?: string; currency?: string }, options?: CallOptions) {
    // The description shows one event; the route takes a list of them, too.
    const parts = { path: { shop: this.#shop }, query, body: documents as unknown as Schemas["Event"] };
    return this.#server.request("post", "/v1/{shop}/events", parts, { ...options, idempotent: true });
  }
}

/** What a shop decides about itself. */
export class Settings {
  readonly #server: Mercato;
  readonly #shop: string;

  constructor(server: Mercato, shop: string) {
    this.#server = server;
    this.#shop = shop;
  }

  get(options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/settings", { path: { shop: this.#shop } }, options);
  }

  /** Puts settings in force, whole: what is not said gets its default. */
  set(body: Schemas["Settings"], options?: CallOptions) {
    return this.#server.request("put", "/v1/{shop}/settings", { path: { shop: this.#shop }, body }, options);
  }
}

/** The keys of a shop. */
export class Keys {
  readonly #server: Mercato;
  readonly #shop: string;

  constructor(server: Mercato, shop: string) {
    this.#server = server;
    this.#shop = shop;
  }

  list(options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/keys", { path: { shop: this.#shop } }, options);
  }

  /** Makes a key, which is shown this once. */
  create(body: Schemas["KeyBody"], options?: CallOptions) {
    return this.#server.request("post", "/v1/{shop}/keys", { path: { shop: this.#shop }, body }, options);
  }

  delete(key: string, options?: CallOptions) {
    return this.#server.request("delete", "/v1/{shop}/keys/{key}", { path: { shop: this.#shop, key } }, options);
  }
}

/** The experiments of a shop. */
export class Experiments {
  readonly #server: Mercato;
  readonly #shop: string;

  constructor(server: Mercato, shop: string) {
    this.#server = server;
    this.#shop = shop;
  }

  list(options?: CallOptions) {
    return this.#server.request("get", "/v1/{shop}/experiments", { path: { shop: this.#shop } }, options);
  }

  /** Starts an experiment; its `reasons` are the server's. */
  start(experiment: Omit<Schemas["Experiment"], "reasons">, options?: CallOptions) {
    const body = experiment as Schemas["Experiment"];
    return this.#server.request("post", "/v1/{shop}/experiments", { path: { shop: this.#shop }, body }, options);
  }

  get(experiment: string, options?: CallOptions) {
    const path = { shop: this.#shop, experiment };
    return this.#server.request("get", "/v1/{shop}/experiments/{experiment}", { path }, options);
  }

  change(experiment: string, body: Schemas["ExperimentChangeBody"], options?: CallOptions) {
    const path = { shop: this.#shop, experiment };
    return this.#server.request("patch", "/v1/{shop}/experiments/{experiment}", { path, body }, options);
  }

  stop(experiment: string, body: Schemas["ExperimentStopBody"], options?: CallOptions) {
    const path = { shop: this.#shop, experiment };
    return this.#server.request("post", "/v1/{shop}/experiments/{experiment}/stop", { path, body }, options);
  }

  report(experiment: string, options?: CallOptions) {
    const path = { shop: this.#shop, experiment };
    return this.#server.request("get", "/v1/{shop}/experiments/{experiment}/report", { path }, options);
  }
}

/** Experiments as front ends read them, over OFREP. `context.targetingKey` names the visitor. */
export class Flags {
  readonly #server: Mercato;
  readonly #shop: string;

  constructor(server: Mercato, shop: string) {
    this.#server = server;
    this.#shop = shop;
  }

  all(context: Schemas["EvaluationBody"]["context"], options?: CallOptions) {
    const parts = { path: { shop: this.#shop }, body: { context } };
    return this.#server.request("post", "/v1/{shop}/ofrep/v1/evaluate/flags", parts, options);
  }

  get(key: string, context: Schemas["EvaluationBody"]["context"], options?: CallOptions) {
    const parts = { path: { shop: this.#shop, key }, body: { context } };
    return this.#server.request("post", "/v1/{shop}/ofrep/v1/evaluate/flags/{key}", parts, options);
  }
}
