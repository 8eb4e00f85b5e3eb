import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked } from "../api/use";
import { t } from "../i18n";
import { titleOf } from "../lib/item";
import { TextField } from "./fields";
import { useShop } from "./shop";

/** A text that has rested for a moment, so that not every letter is asked about. */
export function useRested(text: string, ms = 250): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setRested(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return rested;
}

/** Finds an item by name or id. */
export function ItemSearch({ label, onPick, children }: { label: string; onPick: (item: Schemas["SlateItemAnswer"]) => void; children?: ComponentChildren }): JSX.Element {
  const shop = useShop();
  const [typed, setTyped] = useState("");
  const wanted = useRested(typed.trim());
  const found = useAsked(wanted ? `${shop.id} ${wanted}` : null, (signal) => find(shop.path, wanted, signal));
  const pick = (item: Schemas["SlateItemAnswer"]) => {
    onPick(item);
    setTyped("");
  };
  return (
    <div class="picker">
      <TextField label={label} placeholder={t("recommend.find")} value={typed} onValue={setTyped} isWide />
      {wanted && found.data && (
        <ul class="picks">
          {found.data.map((item) => (
            <li key={item.id}><button type="button" onClick={() => pick(item)}><span>{titleOf(item.item)}</span> <code>{item.id}</code></button></li>
          ))}
          {!found.data.length && <li class="note">{t("items.notFound", { text: wanted })}</li>}
        </ul>
      )}
      {children}
    </div>
  );
}

/** Finds items by name or id and puts them on a list. */
export function ItemPicker({ picked, onPicked, most }: { picked: string[]; onPicked: (items: string[]) => void; most: number }): JSX.Element {
  const shop = useShop();
  const add = ({ id }: { id: string }) => onPicked([...picked.filter((one) => one !== id), id].slice(-most));
  return (
    <ItemSearch label={t("recommend.items")} onPick={add}>
      {picked.length > 0 && (
        <ul class="chips">
          {picked.map((id) => (
            <li key={id}><a href={shop.to("catalogue", ["item", id])}><code>{id}</code></a><button type="button" aria-label={`${t("do.remove")} ${id}`} onClick={() => onPicked(picked.filter((one) => one !== id))}>×</button></li>
          ))}
        </ul>
      )}
    </ItemSearch>
  );
}

/** What shoppers of the shop search for, as they would be offered it while they type. */
export function useOffers(typed: string): readonly string[] {
  const shop = useShop();
  const wanted = useRested(typed.trim(), 150);
  const offered = useAsked(`${shop.id} offers ${wanted}`, (signal) => api.get<Schemas["SuggestAnswer"]>(shop.path("suggest"), { q: wanted, kinds: "query:6,category:3,brand:3" }, signal));
  return (offered.data?.suggestions ?? []).map((one) => one.text);
}

/** Items by words, with the one of this very id first. */
export async function find(path: (...parts: string[]) => string, wanted: string, signal: AbortSignal, limit = 7): Promise<Schemas["SlateItemAnswer"][]> {
  const slate = await api.post<Schemas["SlateAnswer"]>(path("search"), { query: wanted, limit, record: false, include_unavailable: true }, signal);
  if (slate.items.some((one) => one.id === wanted)) return slate.items;
  const own = await api.get<Schemas["Item"]>(path("items", wanted), {}, signal).catch(() => null);
  return own ? [{ id: wanted, item: own, score: 0, source: "id" } as Schemas["SlateItemAnswer"], ...slate.items] : slate.items;
}
