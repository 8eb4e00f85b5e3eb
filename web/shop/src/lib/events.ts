import type { Line } from "./cart";

/** An event as storefronts tell it. */
export type Told = Record<string, unknown>;

/** What joins an event with the answer it follows from. */
export interface Origin {
  queryID: string | null;
  position: number | null;
}

interface Who {
  index: string;
  userToken: string;
}

export function viewed(who: Who, id: string): Told {
  return { ...who, eventType: "view", eventName: "Product viewed", objectIDs: [id] };
}

export function clicked(who: Who, id: string, origin: Origin): Told {
  const joined = origin.queryID && origin.position ? { queryID: origin.queryID, positions: [origin.position] } : {};
  return { ...who, eventType: "click", eventName: "Product clicked", objectIDs: [id], ...joined };
}

export function carted(who: Who, id: string, queryID: string | null, price: number | null, currency: string | null): Told {
  return conversion(who, "addToCart", "Added to cart", [{ id, quantity: 1, price, queryID }], currency);
}

export function bought(who: Who, cart: readonly Line[], currency: string | null): Told {
  const lines = cart.map(({ product, quantity, queryID }) => ({ id: product.id, quantity, price: product.price, queryID }));
  return conversion(who, "purchase", "Purchased", lines, currency);
}

function conversion(who: Who, eventSubtype: string, eventName: string, lines: { id: string; quantity: number; price: number | null; queryID: string | null }[], currency: string | null): Told {
  const objectData = lines.map(({ quantity, price, queryID }) => ({ quantity, ...(price !== null && currency ? { price } : {}), ...(queryID ? { queryID } : {}) }));
  return { ...who, eventType: "conversion", eventSubtype, eventName, objectIDs: lines.map((line) => line.id), objectData, ...(currency ? { currency } : {}) };
}
