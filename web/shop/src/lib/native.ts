/**
 * A search as InstantSearch asks it, made into one of Mercato's own, and the answer made into what InstantSearch reads: for what
 * its protocol has no words for, which is a part of the reading taken away, and an order of a shop that has no replicas.
 */
import { markedOf } from "./marked";

export interface Asked {
  indexName: string;
  params?: Record<string, unknown>;
}

export interface NativeSearch {
  query: string;
  offset: number;
  limit: number;
  filter?: string;
  facets: ({ attribute: string; limit: number } | string)[];
  sort: { attribute: string; order: string }[];
  understanding: { without: string[] };
  anonymous?: string;
  record: boolean;
  personalise?: boolean;
}

export interface NativeItem {
  id: string;
  title?: unknown;
  price?: { amount?: number; currency?: string } | null;
  /** Paths; one alone stands for itself. */
  category?: (string | string[])[];
  attributes?: Record<string, unknown>;
  [name: string]: unknown;
}

export interface NativeAnswer {
  query_id: string;
  total: number;
  items: { id: string; item: NativeItem; highlights?: Record<string, string> }[];
  facets: { attribute: string; values?: { value: string; count: number }[]; stats?: { min: number; max: number; mean: number } | null }[];
}

/** Between the shop's name and an order of its own: no shop's name has it. */
const ORDER = "::";

export function orderedName(shop: string, attribute: string, order: "asc" | "desc"): string {
  return [shop, attribute, order].join(ORDER);
}

/** The order that an index's name asks for, or null. */
export function orderOf(indexName: string): { attribute: string; order: string } | null {
  const [, attribute, order] = indexName.split(ORDER);
  return attribute && order ? { attribute, order } : null;
}

export function nativeSearch(asked: Asked, without: readonly string[]): NativeSearch {
  const params = asked.params ?? {};
  const whole = (name: string, otherwise: number) => (typeof params[name] === "number" ? (params[name] as number) : otherwise);
  const length = whole("hitsPerPage", 20);
  const filter = [...facetFilters(params.facetFilters), ...numericFilters(params.numericFilters)].join(" and ");
  const order = orderOf(asked.indexName);
  const most = whole("maxValuesPerFacet", 100);
  const token = params.userToken;
  return {
    query: String(params.query ?? ""),
    offset: whole("page", 0) * length,
    limit: Math.max(1, length),
    ...(filter ? { filter } : {}),
    facets: [params.facets].flat().filter((name): name is string => typeof name === "string" && name !== "*").map((attribute) => (attribute === "price" ? attribute : { attribute, limit: most })),
    sort: order ? [order] : [],
    understanding: { without: [...without] },
    ...(typeof token === "string" ? { anonymous: token } : {}),
    record: params.analytics !== false && length > 0,
    personalise: params.enablePersonalization === true,
  };
}

/** Every entry must hold, of an entry that is a list any. */
function facetFilters(filters: unknown): string[] {
  if (!Array.isArray(filters)) return [];
  return filters.map((one) => {
    const any = [one].flat().filter((text): text is string => typeof text === "string").map(condition);
    return any.length === 1 ? any[0]! : `(${any.join(" or ")})`;
  });
}

function condition(text: string): string {
  const at = text.indexOf(":");
  const attribute = text.slice(0, at);
  const value = JSON.stringify(text.slice(at + 1));
  return attribute === "category" ? `category under ${value}` : `${attribute} = ${value}`;
}

function numericFilters(filters: unknown): string[] {
  const all = [filters].flat(2).filter((text): text is string => typeof text === "string");
  return all.flatMap((text) => {
    const [, attribute, sign, value] = /^([\w.]+)\s*(<=|>=|<|>|=)\s*(-?[\d.]+)$/.exec(text) ?? [];
    return attribute ? [`${attribute} ${sign} ${value}`] : [];
  });
}

/** The answer as InstantSearch reads it. */
export function told(asked: Asked, answer: NativeAnswer): Record<string, unknown> {
  const params = asked.params ?? {};
  const length = typeof params.hitsPerPage === "number" ? params.hitsPerPage : 20;
  const facets = answer.facets.map((facet) => [facet.attribute, Object.fromEntries((facet.values ?? []).map((one) => [one.value, one.count]))]);
  const stats = answer.facets.filter((facet) => facet.stats).map(({ attribute, stats }) => [attribute, { min: stats!.min, max: stats!.max, avg: stats!.mean }]);
  return {
    index: asked.indexName,
    query: params.query ?? "",
    params: "",
    hits: length > 0 ? answer.items.map(hit) : [],
    nbHits: answer.total,
    page: typeof params.page === "number" ? params.page : 0,
    nbPages: length > 0 ? Math.ceil(Math.min(answer.total, 1000) / length) : 0,
    hitsPerPage: length,
    processingTimeMS: 1,
    exhaustiveNbHits: true,
    exhaustiveFacetsCount: true,
    facets: Object.fromEntries(facets),
    facets_stats: Object.fromEntries(stats),
    queryID: answer.query_id,
  };
}

function hit({ id, item, highlights }: NativeAnswer["items"][number]): Record<string, unknown> {
  const { attributes, category, price, ...others } = item;
  const marks = Object.entries(highlights ?? {}).map(([name, html]) => [name, { value: markedOf(html) }]);
  return {
    ...others,
    objectID: id,
    price: price?.amount,
    category: pathsOf(category).map((path) => path.join(" > ")),
    ...Object.fromEntries(Object.entries(attributes ?? {}).filter(([, value]) => typeof value !== "object")),
    _highlightResult: Object.fromEntries(marks),
  };
}

function pathsOf(category: NativeItem["category"] = []): string[][] {
  const isOne = category.every((part): part is string => typeof part === "string");
  return isOne ? (category.length ? [category] : []) : category.map((part) => [part].flat());
}
