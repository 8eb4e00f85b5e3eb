import { createContext } from "preact";
import { useContext, useLayoutEffect, useState } from "preact/hooks";
import { getLanguage, type Language, setLanguage } from "./i18n";
import { added, changed, isLine, isProduct, type Line, seen } from "./lib/cart";
import * as events from "./lib/events";
import type { Product } from "./lib/product";
import { mayShow, productOf } from "./lib/product";
import { smaller } from "./lib/smaller";
import { answer, asksNotToTrack, type Consent, consent, read, readList, remove, token, write } from "./lib/shopper";
import { Search, type State } from "./search";
import type { Server, Shop } from "./server";

/** A product as it was found: with the answer it stood in. */
export interface Found {
  product: Product;
  origin: events.Origin;
  /** What to ask so as to have its place in that answer explained. */
  question: () => Record<string, unknown>;
}

/** What looks like a picture: waited for, found, or not to be had. */
export interface Looked {
  picture: string;
  products: Product[] | null;
  isFailed: boolean;
}

const LOOKED_MOST = 24;

/** What the visitor does on the page and what it keeps of them; searching itself is `Search`. */
export class Page {
  readonly search: Search;
  cart: Line[];
  recent: Product[];
  consent: Consent;
  readonly isNotTracked: boolean;
  /** What was told to the server so far; whoever shows what it learns from asks anew when this grows. */
  learnt = 0;
  /** What the last click was about. */
  lastSeen: Product | null = null;
  /** What looks like the visitor's own picture, once it is asked for. */
  looked: Looked | null = null;
  /** What screen readers are told. */
  said = "";
  private readonly found = new Map<string, Found>();
  private readonly listeners = new Set<() => void>();

  constructor(
    readonly shop: Shop,
    readonly server: Server,
    private readonly pictures: readonly string[],
  ) {
    this.isNotTracked = asksNotToTrack(navigator as { doNotTrack?: string | null; globalPrivacyControl?: boolean });
    this.consent = consent(localStorage, this.isNotTracked);
    this.cart = readList(localStorage, this.kept("cart"), isLine);
    this.recent = this.consent === "yes" ? readList(localStorage, this.kept("recent"), isProduct) : [];
    this.search = new Search(server, shop, this.visitor());
  }

  visitor(): string | null {
    return token(localStorage, this.consent, () => crypto.getRandomValues(new Uint32Array(4)).join("-"));
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  speak(language: Language): void {
    setLanguage(language);
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    write(localStorage, "mercato.shop.language", getLanguage());
    this.changed();
  }

  answerConsent(said: "yes" | "no"): void {
    answer(localStorage, said);
    this.consent = said;
    if (said === "no") this.forgetRecent();
    else this.keepRecent();
    this.search.know(this.visitor());
    this.changed();
  }

  askConsentAgain(): void {
    this.consent = "unasked";
    this.changed();
  }

  mayShow(picture: string | null): boolean {
    return mayShow(picture, location.href, this.pictures);
  }

  /** Opens a product: in the address, so that the browser's own way back closes it. */
  open(found: Found): void {
    this.found.set(found.product.id, found);
    this.lastSeen = found.product;
    this.recent = seen(this.recent, found.product);
    this.keepRecent();
    this.search.keep();
    location.hash = `#/item/${encodeURIComponent(found.product.id)}`;
    void this.tell((who) => [events.clicked(who, found.product.id, found.origin), events.viewed(who, found.product.id)]);
    this.changed();
  }

  known(id: string): Found | null {
    return this.found.get(id) ?? null;
  }

  /** Searches with a picture of the visitor's own; an answer to an earlier one is dropped. */
  async lookAlike(file: Blob): Promise<void> {
    const looked: Looked = { picture: "", products: null, isFailed: false };
    this.looked = looked;
    this.changed();
    try {
      looked.picture = await smaller(file);
      looked.products = (await this.server.lookAlike(looked.picture, LOOKED_MOST)).map(productOf);
    } catch {
      looked.isFailed = true;
    }
    if (this.looked === looked) this.changed();
  }

  close(): void {
    this.looked = null;
    if (location.hash) history.pushState(null, "", location.pathname + location.search);
    this.changed();
  }

  add(product: Product, said: string): void {
    const queryID = this.found.get(product.id)?.origin.queryID ?? null;
    this.keepCart(added(this.cart, product, queryID), said);
    void this.tell((who) => [events.carted(who, product.id, queryID, product.price, this.shop.currency)]);
  }

  quantity(id: string, quantity: number): void {
    this.keepCart(changed(this.cart, id, quantity), "");
  }

  buy(said: string): void {
    const cart = this.cart;
    void this.tell((who) => [events.bought(who, cart, this.shop.currency)]);
    this.keepCart([], said);
  }

  forgetRecent(): void {
    this.recent = [];
    remove(localStorage, this.kept("recent"));
    this.changed();
  }

  private keepCart(cart: Line[], said: string): void {
    this.cart = cart;
    this.said = said;
    write(localStorage, this.kept("cart"), JSON.stringify(cart));
    this.changed();
  }

  private keepRecent(): void {
    if (this.consent === "yes") write(localStorage, this.kept("recent"), JSON.stringify(this.recent));
  }

  /** Tells the server, where the visitor let us; a failure costs the visitor nothing. */
  private async tell(made: (who: { index: string; userToken: string }) => events.Told[]): Promise<void> {
    const userToken = this.visitor();
    if (!userToken) return;
    await this.server.tell(made({ index: this.shop.name, userToken })).catch(() => {});
    this.learnt += 1;
    this.changed();
  }

  private kept(what: string): string {
    return `mercato.shop.${what}.${this.shop.name}`;
  }

  private changed(): void {
    this.listeners.forEach((listener) => listener());
  }
}

/** The language that the address, an earlier visit or the browser asks for. */
export function firstLanguage(asked: Language | null): Language {
  const kept = read(localStorage, "mercato.shop.language");
  if (asked) return asked;
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

export const PageContext = createContext<Page | null>(null);

/** The page; what calls this is shown anew when it changes: from its first moment, as answers may come before it is painted. */
export function usePage(): Page {
  const page = useContext(PageContext)!;
  const [, tick] = useState(0);
  useLayoutEffect(() => page.subscribe(() => tick((count) => count + 1)), [page]);
  return page;
}

/** The search's state; likewise. */
export function useSearch(): State {
  const page = useContext(PageContext)!;
  const [, tick] = useState(0);
  useLayoutEffect(() => page.search.subscribe(() => tick((count) => count + 1)), [page]);
  return page.search.state;
}

/** What the address's fragment opens: a product, the cart, or nothing. */
export function useOpened(): { item: string | null; isCart: boolean } {
  const [hash, set] = useState(location.hash);
  const page = useContext(PageContext)!;
  useLayoutEffect(() => {
    const update = () => set(location.hash);
    addEventListener("hashchange", update);
    addEventListener("popstate", update);
    const leave = page.subscribe(update);
    return () => {
      removeEventListener("hashchange", update);
      removeEventListener("popstate", update);
      leave();
    };
  }, [page]);
  const [, id] = /^#\/item\/(.+)$/.exec(hash) ?? [];
  return { item: id ? decodeURIComponent(id) : null, isCart: hash === "#/cart" };
}
