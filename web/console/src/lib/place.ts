import { useLayoutEffect, useState } from "preact/hooks";

/** Where in the console the reader is: `#/shop/section/more?query`. Nothing secret ever stands in an address. */
export interface Place {
  shop: string;
  section: string;
  rest: string[];
  query: Record<string, string>;
}

export function parse(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [shop = "", section = "", ...rest] = path.split("/").map(decoded);
  return { shop, section: section || "overview", rest, query: Object.fromEntries(new URLSearchParams(query)) };
}

export function address(shop: string, section: string, rest: readonly string[] = [], query: Record<string, string> = {}): string {
  const path = [shop, section, ...rest].map(encodeURIComponent).join("/");
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "")).toString();
  return `#/${path}${asked ? `?${asked}` : ""}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parse(location.hash));
  useLayoutEffect(() => {
    const follow = () => setPlace(parse(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return place;
}

/** Goes there; the reader's way back leads here. */
export function go(to: string): void {
  location.hash = to;
}

/** Changes the address without a step in the history. */
export function replace(to: string): void {
  history.replaceState(null, "", to);
  dispatchEvent(new HashChangeEvent("hashchange"));
}
