import instantsearch from "instantsearch.js";
import connectConfigure from "instantsearch.js/es/connectors/configure/connectConfigure";
import connectCurrentRefinements from "instantsearch.js/es/connectors/current-refinements/connectCurrentRefinements";
import connectInfiniteHits, { type InfiniteHitsCache, type InfiniteHitsCachedHits } from "instantsearch.js/es/connectors/infinite-hits/connectInfiniteHits";
import connectRange from "instantsearch.js/es/connectors/range/connectRange";
import connectRefinementList from "instantsearch.js/es/connectors/refinement-list/connectRefinementList";
import connectSearchBox from "instantsearch.js/es/connectors/search-box/connectSearchBox";
import connectSortBy from "instantsearch.js/es/connectors/sort-by/connectSortBy";
import { type Banner, bannersOf } from "./lib/banners";
import { CLOSE, OPEN } from "./lib/marked";
import { type Wanted, wantedIn } from "./lib/place";
import { chips, type Chip, wordsOf } from "./lib/reading";
import { router } from "./router";
import type { Server, Shop } from "./server";

export interface FacetValue {
  value: string;
  label: string;
  count: number;
  isRefined: boolean;
}

export interface Facet {
  attribute: string;
  items: FacetValue[];
  toggle: (value: string) => void;
  canToggleShowMore: boolean;
  isShowingMore: boolean;
  toggleShowMore: () => void;
}

/** What the last answer says, and what can be done next. */
export interface State {
  status: "loading" | "ready" | "failed";
  query: string;
  /** The query that the hits answer: not yet what was typed last. */
  answered: string;
  hits: Record<string, unknown>[];
  total: number;
  isLastPage: boolean;
  facets: Facet[];
  range: { min?: number; max?: number; from?: number; to?: number };
  chosen: { label: string; remove: () => void }[];
  /** Whether any filter is chosen. */
  isNarrow: boolean;
  order: string;
  understood: Chip[];
  away: Chip[];
  meant: string | null;
  /** Words to be marked where the answer marks none. */
  words: string[];
  banners: Banner[];
  redirect: string | null;
}

const PAGE = 24;
const VALUES = 8;

/** The search of the page: InstantSearch below, one state above that parts of the page read. */
export class Search {
  state: State = {
    status: "loading", query: "", answered: "", hits: [], total: 0, isLastPage: true, facets: [], range: {}, chosen: [], isNarrow: false, order: "", understood: [], away: [], meant: null, words: [], banners: [], redirect: null,
  };
  setQuery: (query: string) => void = () => {};
  setOrder: (name: string) => void = () => {};
  setRange: (from?: number, to?: number) => void = () => {};
  showMore: () => void = () => {};
  private readonly router = router();
  private readonly instance;
  private readonly listeners = new Set<() => void>();
  private readonly facets = new Map<string, Facet>();
  /** What was typed and has no answer yet: InstantSearch goes back to what it had where an answer fails. */
  private wanted: string | null = null;
  private refineConfigure: (params: object) => void = () => {};

  constructor(
    private readonly server: Server,
    private readonly shop: Shop,
    private visitor: string | null,
  ) {
    // What the address asks for holds from the start, so that nothing is shown that goes at once.
    const wanted = wantedIn(new URL(location.href));
    this.state = { ...this.state, order: shop.name, query: wanted.query ?? "", isNarrow: Boolean(wanted.price || Object.keys(wanted.values ?? {}).length) };
    this.instance = instantsearch({
      indexName: shop.name,
      searchClient: server.searchClient(),
      insights: false,
      future: { preserveSharedStateOnUnmount: true },
      routing: { router: this.router, stateMapping: mapping(shop) },
    });
    this.instance.addWidgets(this.widgets());
    this.instance.on("error", () => this.set({ status: "failed", query: this.wanted ?? this.state.query }));
    this.instance.on("render", () => this.rendered());
  }

  start(): void {
    this.instance.start();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Puts the search into the address now, before something else is opened above it. */
  keep(): void {
    this.router.flush();
  }

  /** Asks the same once more. */
  again(): void {
    this.set({ status: "loading" });
    if (this.wanted === null) this.instance.refresh();
    else this.setQuery(this.wanted);
  }

  /** Goes on under another name, or none. */
  know(visitor: string | null): void {
    this.visitor = visitor;
    this.refineConfigure(this.params());
  }

  clearFilters(query = this.state.query): void {
    this.instance.setUiState({ [this.shop.name]: query ? { query } : {} });
  }

  /** Searches for one value of an attribute, and nothing else. */
  only(attribute: string, value: string): void {
    this.instance.setUiState({ [this.shop.name]: { refinementList: { [attribute]: [value] } } });
  }

  /** Takes a finding away, or puts it back. */
  toggle(chip: Chip): void {
    const isAway = this.server.without.includes(chip.key);
    this.server.without = isAway ? this.server.without.filter((key) => !chip.keys.includes(key)) : [...this.server.without, ...chip.keys];
    this.state.away = isAway ? this.state.away.filter((one) => one.key !== chip.key) : [...this.state.away, chip];
    this.instance.refresh();
  }

  /** The search as Mercato's own interface asks it, to have it explained. */
  question(): Record<string, unknown> {
    const { query } = this.state;
    return { search: { query, understanding: { without: this.server.without }, ...(this.visitor ? { anonymous: this.visitor } : {}) } };
  }

  private params(): Record<string, unknown> {
    const known = this.visitor ? { userToken: this.visitor, clickAnalytics: true, ...(this.shop.isTold ? {} : { enablePersonalization: true }) } : { analytics: false };
    return { hitsPerPage: PAGE, attributesToRetrieve: ["*", "-bullets", "-description"], attributesToHighlight: ["title", "name"], highlightPreTag: OPEN, highlightPostTag: CLOSE, ...known };
  }

  private widgets() {
    const facets = this.shop.facets.map((attribute) =>
      connectRefinementList((options) => {
        const { items, refine, canToggleShowMore, isShowingMore, toggleShowMore } = options;
        this.facets.set(attribute, { attribute, items, toggle: refine, canToggleShowMore, isShowingMore, toggleShowMore });
      })({ attribute, operator: "or", limit: VALUES, showMore: true, showMoreLimit: 40, sortBy: ["isRefined", "count:desc", "name:asc"], escapeFacetValues: false }),
    );
    const price = connectRange(({ range, start, refine }) => {
      const [from, to] = start as [number | undefined, number | undefined];
      const known = (value: number | undefined) => (value !== undefined && Number.isFinite(value) ? value : undefined);
      this.state.range = { min: range.min, max: range.max, from: known(from), to: known(to) };
      this.setRange = (low, high) => refine([low, high]);
    })({ attribute: "price", precision: 2 });
    return [
      connectConfigure(({ refine }) => (this.refineConfigure = refine))({ searchParameters: this.params() }),
      connectSearchBox(({ query, refine }) => {
        this.state.query = query;
        this.setQuery = (text) => this.newQuery(text, refine);
      })({}),
      connectInfiniteHits(({ items, showMore, isLastPage, results }) => {
        this.state.hits = items as unknown as Record<string, unknown>[];
        this.state.total = results?.nbHits ?? 0;
        this.state.answered = results?.query ?? this.state.query;
        this.state.isLastPage = isLastPage;
        Object.assign(this.state, bannersOf(results?.renderingContent));
        this.showMore = showMore;
      })({ escapeHTML: false, cache: this.pages() }),
      connectSortBy(({ currentRefinement, refine }) => {
        this.state.order = currentRefinement;
        this.setOrder = refine;
      })({ items: this.shop.orders.map(({ name }) => ({ value: name, label: name })) }),
      connectCurrentRefinements(({ items, refine }) => {
        this.state.isNarrow = items.length > 0 || (this.state.isNarrow && this.state.status === "loading");
        this.state.chosen = items.flatMap((item) => item.refinements.map((one) => ({ label: chosenLabel(one), remove: () => refine(one) })));
      })({}),
      ...facets,
      ...(this.shop.hasPrices ? [price] : []),
    ];
  }

  /** Pages that "more" has brought, for as long as nothing else is asked; what was taken away of the reading counts, too. */
  private pages(): InfiniteHitsCache {
    let held: { asked: string; hits: InfiniteHitsCachedHits<object> } | null = null;
    const asked = ({ page: _, ...others }: { page?: number }) => JSON.stringify([others, this.server.without]);
    return {
      read: ({ state }) => (held?.asked === asked(state) ? (held.hits as never) : null),
      write: ({ state, hits }) => void (held = { asked: asked(state), hits }),
    };
  }

  private newQuery(text: string, refine: (text: string) => void): void {
    if (text !== this.state.query) {
      this.server.without = [];
      this.state.away = [];
    }
    this.wanted = text;
    refine(text);
  }

  private rendered(): void {
    const facets = this.shop.facets.flatMap((attribute) => this.facets.get(attribute) ?? []);
    const status = this.instance.status === "error" ? "failed" : this.state.status === "loading" && this.instance.status !== "idle" ? "loading" : "ready";
    if (status === "failed") this.state.query = this.wanted ?? this.state.query;
    else if (this.instance.status === "idle") this.wanted = null;
    const { reading } = this.server;
    this.set({ facets, status, understood: chips(reading), meant: reading?.did_you_mean ?? null, words: wordsOf(reading) });
  }

  private set(change: Partial<State>): void {
    this.state = { ...this.state, ...change };
    this.listeners.forEach((listener) => listener());
  }
}

function chosenLabel(one: { attribute: string; label: string; operator?: string }): string {
  const sign = { ">=": "≥ ", "<=": "≤ " }[one.operator ?? ""] ?? "";
  return `${sign}${one.label.replace(/^[≥≤] /, "").split(" > ").at(-1)}`;
}

type UiState = Record<string, { query?: string; sortBy?: string; refinementList?: Record<string, string[]>; range?: Record<string, string> }>;

function mapping(shop: Shop) {
  return {
    $$type: "mercato",
    stateToRoute(state: UiState): Wanted {
      const { query, sortBy, refinementList, range } = state[shop.name] ?? {};
      return { query, sort: sortBy, values: refinementList, price: range?.price };
    },
    routeToState({ query, sort, values, price }: Wanted): UiState {
      const known = Object.entries(values ?? {}).filter(([attribute]) => shop.facets.includes(attribute));
      return {
        [shop.name]: {
          ...(query ? { query } : {}),
          ...(sort && shop.orders.some((one) => one.name === sort) ? { sortBy: sort } : {}),
          ...(known.length ? { refinementList: Object.fromEntries(known) } : {}),
          ...(price && shop.hasPrices ? { range: { price } } : {}),
        },
      };
    },
  };
}
