import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { t } from "../../i18n";
import { arranged, type RuledSearch } from "../../lib/curation";
import { applies } from "../../lib/matching";
import { Choice, TextField } from "../../parts/fields";
import { useOffers, useRested } from "../../parts/pick";
import { useShop } from "../../parts/shop";
import { Empty, Failure, Loading, Source } from "../../parts/state";
import { Why } from "../workbench/why";
import { Banners } from "./banners";
import { Cards } from "./cards";
import { Compare } from "./compare";
import type { Editing } from "./editing";

/** Results that are arranged. */
export const SHOWN = 24;
type View = "arrange" | "compare";

interface Props {
  id: string;
  editing: Editing;
  save: () => Promise<void>;
}

/** The results of a search, to be arranged by hand or laid beside what shoppers see now. */
export function Board({ id, editing, save }: Props): JSX.Element {
  const { now } = editing;
  const [view, setView] = useState<View>("arrange");
  const [typed, setTyped] = useState<string | null>(null);
  const query = (typed ?? now.when.queries[0]?.text ?? "").trim();
  const rested = useRested(query);
  const offers = useOffers(query);
  return (
    <section class="board" aria-label={t("merch.results")}>
      <div class="query"><TextField label={t("merch.tryWith")} placeholder={t("merch.wordsBrowse")} type="search" value={typed ?? query} onValue={setTyped} offers={offers} isWide /></div>
      <div class="tools">
        <Choice label={t("merch.view")} value={view} onValue={setView} options={[["arrange", t("merch.arrange")], ["compare", t("merch.compare")]]} />
        <Source route="POST /v1/{shop}/search" />
      </div>
      {!applies(now.when, query) && <p class="note warn">{t("merch.notFor", { query: query || t("merch.say.browse") })}</p>}
      {now.redirect && <p class="redirected">↪ {t("merch.redirected", { to: now.redirect })}</p>}
      {view === "arrange" ? <Arrange editing={editing} query={rested} /> : <Compare id={id} editing={editing} save={save} query={rested} />}
    </section>
  );
}

/** What the draft would do to this search, asked as rules of the search itself: nothing needs to be saved, and nothing is logged. */
function Arrange({ editing, query }: { editing: Editing; query: string }): JSX.Element {
  const shop = useShop();
  const { rules, filter, banners } = editing.now;
  const [why, setWhy] = useState<string | null>(null);
  const [layout, setLayout] = useState<"grid" | "list">("grid");
  const search: RuledSearch = { query, limit: SHOWN, rules, record: false, curated: false, ...(filter ? { filter } : {}) };
  const asked = useRested(JSON.stringify(search), 120);
  const slate = useAsked(`${shop.id} ${asked}`, (signal) => api.post<Schemas["SlateAnswer"]>(shop.path("search"), asked, signal));
  const last = useRef<{ query: string; slate: Schemas["SlateAnswer"] } | null>(null);
  if (slate.data) last.current = { query, slate: slate.data };
  // While the server answers, the last results stand as the pins say, so that a drop does not jump back.
  const shown = last.current?.query === query || slate.isLoading ? last.current?.slate : undefined;
  return (
    <>
      {slate.error && <Failure error={slate.error} retry={slate.reload} />}
      <Banners banners={banners} />
      {!shown && !slate.error && <Loading lines={8} />}
      {shown && (
        <>
          <div class="tools">
            <span class="count" role="status">{t("merch.found", { total: shown.total })}</span>
            <Choice label={t("merch.layout")} value={layout} onValue={setLayout} options={[["grid", t("merch.asGrid")], ["list", t("merch.asList")]]} />
          </div>
          <p class="note">{t("merch.keys")}</p>
          {shown.items.length ? <Cards items={arranged(shown.items, rules)} layout={layout} editing={editing} onWhy={setWhy} /> : <Empty says={t("merch.noResults")} todo={t("merch.noResultsDo")} />}
        </>
      )}
      {why && <Why asking={{ item: why, search }} onClose={() => setWhy(null)} />}
    </>
  );
}
