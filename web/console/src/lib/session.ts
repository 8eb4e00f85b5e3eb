const KEY = "mercato.key";
const SHOP = "mercato.shop";

/**
 * Who is signed in. The key stays in this tab's session storage and goes nowhere but into the `Authorization` header of
 * requests to the server that this page came from. An empty key is that of a server that asks for none.
 */
export interface Session {
  key: string;
  /** The only shop that the key opens, where it is the key of a shop. */
  onlyShop: string | null;
}

export function read(): Session | null {
  const key = sessionStorage.getItem(KEY);
  return key === null ? null : { key, onlyShop: sessionStorage.getItem(SHOP) };
}

export function write(session: Session | null): void {
  if (!session) {
    sessionStorage.removeItem(KEY);
    sessionStorage.removeItem(SHOP);
    return;
  }
  sessionStorage.setItem(KEY, session.key);
  if (session.onlyShop) sessionStorage.setItem(SHOP, session.onlyShop);
  else sessionStorage.removeItem(SHOP);
}
