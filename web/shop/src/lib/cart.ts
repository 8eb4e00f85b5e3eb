import type { Product } from "./product";

/** A product in the cart, with the answer it was found in. */
export interface Line {
  product: Product;
  quantity: number;
  queryID: string | null;
}

const MOST = 99;

export function isLine(value: unknown): value is Line {
  const line = value as Line | null;
  return typeof line?.product?.id === "string" && typeof line.product.title === "string" && Number.isInteger(line.quantity) && line.quantity > 0;
}

export function isProduct(value: unknown): value is Product {
  const product = value as Product | null;
  return typeof product?.id === "string" && typeof product.title === "string";
}

/** One more of a product. */
export function added(cart: readonly Line[], product: Product, queryID: string | null): Line[] {
  const known = cart.find((line) => line.product.id === product.id);
  if (known) return changed(cart, product.id, known.quantity + 1);
  return [...cart, { product, quantity: 1, queryID }];
}

/** A product in another quantity; none takes it out. */
export function changed(cart: readonly Line[], id: string, quantity: number): Line[] {
  const whole = Math.min(MOST, Math.max(0, Math.round(quantity) || 0));
  return cart.flatMap((line) => (line.product.id !== id ? [line] : whole === 0 ? [] : [{ ...line, quantity: whole }]));
}

export function pieces(cart: readonly Line[]): number {
  return cart.reduce((sum, line) => sum + line.quantity, 0);
}

/** What all cost together, as far as prices are known. */
export function total(cart: readonly Line[]): number {
  return Math.round(cart.reduce((sum, line) => sum + line.quantity * (line.product.price ?? 0), 0) * 100) / 100;
}

const RECENT = 12;

/** What was looked at, the latest first. */
export function seen(recent: readonly Product[], product: Product): Product[] {
  return [product, ...recent.filter((one) => one.id !== product.id)].slice(0, RECENT);
}
