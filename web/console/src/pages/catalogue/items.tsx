import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { money, number, t } from "../../i18n";
import { categoriesOf, titleOf, type ItemDocument } from "../../lib/item";
import { go, replace, type Place } from "../../lib/place";
import { TextField } from "../../parts/fields";
import { find, useRested } from "../../parts/pick";
import { useShop, type ShopHere } from "../../parts/shop";
import { Answer, Empty, Section, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";

const PAGE = 100;
const FOUND = 200;

interface Page {
  items: ItemDocument[];
  next?: string | null;
}

/** Items by words or id, or page by page in order of id. */
export function Items({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const [typed, setTyped] = useState(place.query["q"] ?? "");
  const query = useRested(typed.trim());
  const after = query ? "" : (place.query["after"] ?? "");
  useEffect(() => {
    if (query !== (place.query["q"] ?? "")) replace(shop.to("catalogue", [], { q: query }));
  }, [query]);
  const page = useAsked(`${shop.id} ${query} ${after}`, (signal) => (query ? search(shop, query, signal) : api.get<Page>(shop.path("items"), { after, limit: PAGE }, signal)));
  const goTo = (to: string) => go(shop.to("catalogue", [], { after: to }));
  return (
    <Section title={t("catalogue.items")} route={query ? "POST /v1/{shop}/search" : "GET /v1/{shop}/items"}>
      <TextField label={t("items.search")} value={typed} onValue={setTyped} type="search" isWide />
      <Answer of={page}>{(known) => (
        <>
          <ItemTable items={known.items} query={query} />
          {!query && (
            <p class="actions left">
              {after && <button type="button" onClick={() => goTo("")}>{t("items.first")}</button>}
              {known.next && <button type="button" onClick={() => goTo(known.next!)}>{t("items.next")}</button>}
            </p>
          )}
        </>
      )}</Answer>
    </Section>
  );
}

async function search(shop: ShopHere, query: string, signal: AbortSignal): Promise<Page> {
  const found = await find(shop.path, query, signal, FOUND);
  return { items: found.map((one) => ({ ...(one.item as unknown as ItemDocument), id: one.id })) };
}

function ItemTable({ items, query }: { items: ItemDocument[]; query: string }): JSX.Element {
  const shop = useShop();
  const columns: Column<ItemDocument>[] = [
    { key: "title", head: t("items.title"), value: titleOf, cell: (one) => <a href={shop.to("catalogue", ["item", one.id ?? ""])}>{titleOf(one)}</a> },
    { key: "id", head: t("items.id"), value: (one) => one.id, cell: (one) => <code>{one.id}</code>, isNarrow: true },
    { key: "brand", head: t("items.brand"), value: (one) => one.brand },
    { key: "category", head: t("items.category"), value: (one) => categoriesOf(one).join("; ") },
    { key: "price", head: t("items.price"), value: (one) => one.price?.amount, cell: (one) => money(one.price), isNumber: true },
    { key: "rating", head: t("items.rating"), value: (one) => one.rating, cell: (one) => rated(one), isNumber: true },
    { key: "stock", head: t("items.stock"), value: (one) => (one.available === false ? 0 : one.stock), cell: stocked, isNumber: true },
  ];
  const empty = query ? <Empty says={t("items.notFound", { text: query })} todo={t("items.notFoundDo")} /> : <Empty says={t("items.none")} todo={t("items.noneDo", { shop: shop.id })} />;
  return <Table label={t("catalogue.items")} columns={columns} rows={items} keyOf={(one) => one.id ?? ""} file={`${shop.id}-items`} empty={empty} onOpen={(one) => go(shop.to("catalogue", ["item", one.id ?? ""]))} />;
}

function rated({ rating, rating_count: count }: ItemDocument): string {
  if (rating === null || rating === undefined) return "";
  return count ? `${number(rating, 1)} (${number(count)})` : number(rating, 1);
}

function stocked(one: ItemDocument): JSX.Element | string {
  if (one.available === false || one.stock === 0) return <Tag tone="warn">{t("items.unavailable")}</Tag>;
  return one.stock === null || one.stock === undefined ? "" : number(one.stock);
}

export type ItemAnswer = Schemas["Item"];
