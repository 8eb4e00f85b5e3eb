import { useEffect, useState } from "preact/hooks";
import { t, word } from "../i18n";
import { usePage, useSearch } from "../page";
import type { Facet } from "../search";

const WIDE = "(min-width: 900px)";

/** Facets with their counts, and a range of prices; folded on a narrow page. */
export function Filters() {
  const page = usePage();
  const { facets, chosen, status } = useSearch();
  const [isWide, setWide] = useState(() => matchMedia(WIDE).matches);
  useEffect(() => {
    const media = matchMedia(WIDE);
    const update = () => setWide(media.matches);
    media.addEventListener("change", update);
    return () => media.removeEventListener("change", update);
  }, []);
  if (!page.shop.facets.length && !page.shop.hasPrices) return null;
  return (
    <aside class="filters" aria-label={t("filters")}>
      <details open={isWide}>
        <summary>
          {t("filters")}
          {chosen.length > 0 && ` (${chosen.length})`}
        </summary>
        {chosen.length > 0 && <Chosen />}
        {page.shop.hasPrices && <PriceRange />}
        {status !== "loading" && facets.map((facet) => <Values key={facet.attribute} facet={facet} />)}
      </details>
    </aside>
  );
}

function Chosen() {
  const { search } = usePage();
  const { chosen } = useSearch();
  return (
    <div class="chosen">
      <ul aria-label={t("filters.chosen")}>
        {chosen.map(({ label, remove }) => (
          <li key={label}>
            <button type="button" class="chip" aria-label={t("filters.remove", { name: label })} onClick={remove}>
              {label} <span aria-hidden="true">×</span>
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="link" onClick={() => search.clearFilters()}>
        {t("filters.clear")}
      </button>
    </div>
  );
}

function Values({ facet }: { facet: Facet }) {
  if (!facet.items.length) return null;
  return (
    <fieldset class="facet" data-facet={facet.attribute}>
      <legend>{word("attribute", facet.attribute)}</legend>
      <ul>
        {facet.items.map((item) => (
          <li key={item.value}>
            <label>
              <input type="checkbox" checked={item.isRefined} onChange={() => facet.toggle(item.value)} />
              <span class="value">{item.label}</span> <span class="number">{item.count}</span>
            </label>
          </li>
        ))}
      </ul>
      {facet.canToggleShowMore && (
        <button type="button" class="link" aria-expanded={facet.isShowingMore} onClick={facet.toggleShowMore}>
          {t(facet.isShowingMore ? "filters.less" : "filters.more")}
        </button>
      )}
    </fieldset>
  );
}

function PriceRange() {
  const { search } = usePage();
  const { range } = useSearch();
  const number = (form: HTMLFormElement, name: string) => {
    const value = (form.elements.namedItem(name) as HTMLInputElement).valueAsNumber;
    return Number.isFinite(value) ? value : undefined;
  };
  const apply = (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    search.setRange(number(form, "from"), number(form, "to"));
  };
  return (
    <fieldset class="facet" data-facet="price">
      <legend>{t("attribute.price")}</legend>
      <Slider />
      <form class="range" onSubmit={apply}>
        <input type="number" name="from" min={0} step="any" inputMode="decimal" aria-label={`${t("attribute.price")} ${t("filters.from")}`} placeholder={String(range.min ?? t("filters.from"))} value={range.from ?? ""} />
        <span aria-hidden="true">–</span>
        <input type="number" name="to" min={0} step="any" inputMode="decimal" aria-label={`${t("attribute.price")} ${t("filters.to")}`} placeholder={String(range.max ?? t("filters.to"))} value={range.to ?? ""} />
        <button type="submit">{t("filters.apply")}</button>
      </form>
    </fieldset>
  );
}

/** Both ends of the range of prices, to be dragged or moved by keyboard. */
function Slider() {
  const { search } = usePage();
  const { range } = useSearch();
  const { min, max } = range;
  const [held, hold] = useState<{ from?: number; to?: number }>({});
  useEffect(() => hold({}), [range.from, range.to]);
  if (min === undefined || max === undefined || min >= max) return null;
  const from = held.from ?? range.from ?? min;
  const to = held.to ?? range.to ?? max;
  const step = (max - min) / 100;
  const end = (value: number, edge: number) => (Math.abs(value - edge) < step / 2 ? undefined : Math.round(value * 100) / 100);
  const apply = () => search.setRange(end(from, min), end(to, max));
  return (
    <div class="slider">
      <input type="range" min={min} max={max} step={step} value={from} aria-label={t("price.least")} aria-valuetext={from.toFixed(2)} onInput={(event) => hold({ ...held, from: Math.min(event.currentTarget.valueAsNumber, to) })} onChange={apply} />
      <input type="range" min={min} max={max} step={step} value={to} aria-label={t("price.most")} aria-valuetext={to.toFixed(2)} onInput={(event) => hold({ ...held, to: Math.max(event.currentTarget.valueAsNumber, from) })} onChange={apply} />
    </div>
  );
}

export function Sort() {
  const page = usePage();
  const { order } = useSearch();
  const { orders } = page.shop;
  if (orders.length < 2) return null;
  return (
    <label class="sort">
      <span>{t("sort.label")}</span>
      <select aria-label={t("sort.label")} value={order} onChange={(event) => page.search.setOrder(event.currentTarget.value)}>
        {orders.map(({ name, says }) => (
          <option key={name} value={name}>
            {word("sort", says)}
          </option>
        ))}
      </select>
    </label>
  );
}
