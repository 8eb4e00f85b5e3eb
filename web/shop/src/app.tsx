import { useEffect, useRef } from "preact/hooks";
import { getLanguage, t } from "./i18n";
import { Banners } from "./parts/banners";
import { Cart } from "./parts/cart";
import { ConsentBar, ConsentNote } from "./parts/consent";
import { Looked } from "./parts/looked";
import { Filters, Sort } from "./parts/filters";
import { ForYou, Recent } from "./parts/rows";
import { ProductView } from "./parts/product";
import { Results } from "./parts/results";
import { SearchBox } from "./parts/searchbox";
import { Understood } from "./parts/understood";
import { pieces } from "./lib/cart";
import { useOpened, usePage, useSearch } from "./page";

/** The whole page. */
export function App() {
  const page = usePage();
  const state = useSearch();
  const { item, isCart } = useOpened();
  const isHome = !state.query && !state.isNarrow && (page.shop.isVisited || page.learnt > 0);
  return (
    <>
      <a class="skip" href="#products" onClick={skip}>
        {t("skip")}
      </a>
      <Header />
      <main class={page.shop.facets.length || page.shop.hasPrices ? "with-filters" : ""}>
        <Filters />
        <div class="found">
          <Understood />
          <div class="toolbar">
            <Count />
            <Sort />
          </div>
          <Banners />
          {isHome && <ForYou />}
          <Results />
          <Recent />
        </div>
      </main>
      <footer>
        <ConsentNote />
        <a href="./licences.txt">{t("licences")}</a>
      </footer>
      <p class="unseen" role="status" aria-live="polite">
        {page.said}
      </p>
      {item && <ProductView key={item} id={item} />}
      {isCart && <Cart />}
      {page.looked && <Looked of={page.looked} />}
      <ConsentBar />
    </>
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("products")?.focus();
}

function Header() {
  const page = usePage();
  const { name, others } = page.shop;
  const count = pieces(page.cart);
  return (
    <header>
      <div class="bar">
        {others.length > 1 ? (
          <span class="shop">
            <select aria-label={t("shop")} value={name} onChange={(event) => location.assign(addressOfShop(event.currentTarget.value))}>
              {[...new Set([name, ...others])].sort().map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </span>
        ) : (
          <strong class="shop">{name}</strong>
        )}
        <SearchBox />
        <button type="button" class="plain language" lang={getLanguage() === "en" ? "zh-CN" : "en"} onClick={() => page.speak(getLanguage() === "en" ? "zh" : "en")}>
          {t("language")}
        </button>
        <a class="button cart" href="#/cart" onClick={() => page.search.keep()} aria-label={t("cart.count", { count })}>
          <span aria-hidden="true">
            {t("cart")} <b>{count}</b>
          </span>
        </a>
      </div>
      <h1 class="unseen">{name}</h1>
    </header>
  );
}

/** The same page for another shop: nothing of the search here goes along. */
function addressOfShop(shop: string): string {
  const next = new URL(location.href);
  next.search = "";
  next.hash = "";
  next.pathname = next.pathname.replace(/\/shop\/[^/]+\/?$/, "/shop/");
  next.searchParams.set("shop", shop);
  return next.href;
}

function Count() {
  const { total, answered, status } = useSearch();
  const shown = answered ? t("count.for", { count: total, query: answered }) : total === 1 ? t("count.one") : t("count", { count: total });
  return (
    <p class="count" role="status">
      {status === "loading" ? t("loading") : shown}
    </p>
  );
}

/** What is shown where there is no shop to show. */
export function Lost({ shop, others, status }: { shop: string | null; others: string[]; status: number }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const isRefused = status === 401 || status === 403;
  const says = isRefused ? t("error.key") : status === 404 ? t("error.unknown", { shop: shop ?? "" }) : shop === null && status === 0 && !others.length ? t("error.none") : t("error.do");
  return (
    <main class="lost">
      <h1 ref={heading} tabIndex={-1}>
        {says}
      </h1>
      {others.length > 0 && (
        <>
          <p>{t("error.choose")}</p>
          <ul>
            {others.map((one) => (
              <li key={one}>
                <a href={`?shop=${encodeURIComponent(one)}`}>{one}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      {!isRefused && status !== 404 && (
        <button type="button" onClick={() => location.reload()}>
          {t("error.again")}
        </button>
      )}
    </main>
  );
}
