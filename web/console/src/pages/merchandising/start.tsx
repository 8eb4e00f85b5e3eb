import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { t } from "../../i18n";
import { blank, newId, tidy, type Curation, type CurationAnswer } from "../../lib/curation";
import { go } from "../../lib/place";
import { TextField } from "../../parts/fields";
import { useOffers } from "../../parts/pick";
import { useShop, type ShopHere } from "../../parts/shop";
import { Failure, Section } from "../../parts/state";

/** Queries that are offered to begin with. */
const MOST_ASKED = 10;

/** Begins a curation for a search and goes to it: a draft on the server, which shoppers do not see. */
export async function begin(shop: ShopHere, query: string, open = ""): Promise<void> {
  const draft: Curation = { ...blank(query), name: query || t("merch.every") };
  const id = newId(draft.name);
  await api.put<CurationAnswer>(shop.path("curations", id), tidy(draft));
  go(shop.to("merchandising", [id], { open }));
}

/** Begins another curation with all that this one says. */
export async function copy(shop: ShopHere, of: Curation): Promise<void> {
  const draft = { ...of, name: t("merch.copyOf", { name: of.name }) };
  const id = newId(of.name);
  await api.put<CurationAnswer>(shop.path("curations", id), tidy(draft));
  go(shop.to("merchandising", [id]));
}

/** Asks which search, and begins. */
export function Start(): JSX.Element {
  const shop = useShop();
  const [query, setQuery] = useState("");
  const doing = useDoing();
  const offers = useOffers(query);
  const asked = useAsked(`${shop.id} most asked`, (signal) => api.get<Schemas["QueriesAnswer"]>(shop.path("queries"), { by: "top", limit: MOST_ASKED }, signal));
  const often = asked.data?.queries ?? [];
  const submit = (event: Event) => {
    event.preventDefault();
    void doing.run(() => begin(shop, query.trim()));
  };
  return (
    <Section title={t("merch.startTitle")} route="PUT /v1/{shop}/curations/{id}">
      <form class="query row" onSubmit={submit}>
        <TextField label={t("merch.startHint")} placeholder={t("bench.placeholder")} type="search" value={query} onValue={setQuery} offers={offers} isWide />
        <button class="main" disabled={doing.isBusy}>{t("merch.start")}</button>
      </form>
      {often.length > 0 && (
        <ul class="chips" aria-label={t("merch.often")}>
          <li class="note">{t("merch.often")}</li>
          {often.map(({ text }) => <li key={text}><button type="button" class="link" disabled={doing.isBusy} onClick={() => void doing.run(() => begin(shop, text))}>{text}</button></li>)}
        </ul>
      )}
      {doing.error && <Failure error={doing.error} />}
    </Section>
  );
}
