import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { address } from "../lib/place";

/** The shop that the reader looks at. */
export interface ShopHere {
  id: string;
  /** A path of the API about this shop. */
  path: (...parts: string[]) => string;
  /** An address inside the console. */
  to: (section: string, rest?: readonly string[], query?: Record<string, string>) => string;
}

export function shopHere(id: string): ShopHere {
  return {
    id,
    path: (...parts) => `/v1/${[id, ...parts].map(encodeURIComponent).join("/")}`,
    to: (section, rest = [], query = {}) => address(id, section, rest, query),
  };
}

export const ShopContext = createContext<ShopHere>(shopHere(""));

export function useShop(): ShopHere {
  return useContext(ShopContext);
}
