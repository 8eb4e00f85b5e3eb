// Never run: what must type-check, and what must not.
import { Mercato } from "../src/index.js";

const mercato = new Mercato({ url: "http://127.0.0.1:7700" });
const shop = mercato.shop("gifts");

export async function typed(): Promise<void> {
  const slate = await shop.search({ query: "boots", facets: ["brand"], sort: ["price:desc"], limit: 5 });
  const [title, total]: [string, number] = [slate.items[0]!.id, slate.total];
  void [title, total];
  // @ts-expect-error there is no such field in an answer
  void slate.results;
  // @ts-expect-error limits are numbers
  await shop.search({ limit: "5" });
  // @ts-expect-error an event has a type
  await shop.events.append({ item: "a" });
  await shop.items.put("a", { title: { zh: "登山鞋", en: "Hiking boots" } });
  await shop.suggest({ q: "靴" });
  const rankers = await mercato.request("get", "/v1/{shop}/rankers", { path: { shop: "gifts" } });
  void rankers.kinds;
  // @ts-expect-error this path cannot be deleted
  await mercato.request("delete", "/v1/{shop}/rankers", { path: { shop: "gifts" } });
  // @ts-expect-error the shop must be said
  await mercato.request("get", "/v1/{shop}/rankers", {});
  const nothing: undefined = await mercato.shops.delete("gifts");
  void nothing;
}
