/** Which shop the page shows and what it proves itself with, told by the address and the page's own tags. */
export interface Place {
  shop: string | null;
  key: string | null;
  language: "en" | "zh" | null;
}

/** The shop stands in `?shop=`, or in the path behind `/shop/`; the key in `?key=`, or in the tag. */
export function place(address: URL, tagged: string): Place {
  const asked = (name: string) => address.searchParams.get(name)?.trim() || null;
  const [, last] = /\/shop\/([^/]+)\/?$/.exec(address.pathname) ?? [];
  const named = last && !last.includes(".") ? decoded(last) : null;
  const language = asked("lang");
  return {
    shop: asked("shop") ?? named,
    key: asked("key") ?? (tagged.trim() || null),
    language: language === "en" || language === "zh" ? language : null,
  };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** What of a search stands in the address. */
export interface Wanted {
  query?: string;
  sort?: string;
  /** By attribute. */
  values?: Record<string, string[]>;
  price?: string;
}

/** The address of a search: what else stands in it stays, but for the key, which no address keeps. */
export function addressOf(now: URL, wanted: Wanted): string {
  const next = new URL(now);
  const names = [...next.searchParams.keys()].filter((name) => ["q", "sort", "price", "key"].includes(name) || name.startsWith("f."));
  names.forEach((name) => next.searchParams.delete(name));
  if (wanted.query) next.searchParams.set("q", wanted.query);
  for (const [attribute, values] of Object.entries(wanted.values ?? {})) {
    values.forEach((value) => next.searchParams.append(`f.${attribute}`, value));
  }
  if (wanted.price) next.searchParams.set("price", wanted.price);
  if (wanted.sort) next.searchParams.set("sort", wanted.sort);
  return next.href;
}

export function wantedIn(address: URL): Wanted {
  const values: Record<string, string[]> = {};
  for (const [name, value] of address.searchParams) {
    if (name.startsWith("f.") && name.length > 2) (values[name.slice(2)] ??= []).push(value);
  }
  const text = (name: string) => address.searchParams.get(name) ?? undefined;
  return { query: text("q"), sort: text("sort"), price: text("price"), values };
}
