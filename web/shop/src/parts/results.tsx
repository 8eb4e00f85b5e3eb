import { useEffect, useRef } from "preact/hooks";
import { t } from "../i18n";
import { markedWords } from "../lib/marked";
import { productOf } from "../lib/product";
import { usePage, useSearch } from "../page";
import { Card } from "./card";
import { Row } from "./rows";

const WAITING = 12;

/** What was found, or what to do where nothing was. */
export function Results() {
  const page = usePage();
  const state = useSearch();
  const list = useRef<HTMLOListElement>(null);
  const shown = useRef(0);
  // What "more" brought is where reading goes on.
  useEffect(() => {
    if (shown.current && state.hits.length > shown.current) {
      list.current?.children[shown.current]?.querySelector<HTMLElement>("a.open")?.focus({ preventScroll: true });
    }
    shown.current = 0;
  }, [state.hits.length]);
  if (state.status === "failed") return <Failed />;
  if (state.status === "ready" && !state.hits.length) return <Empty />;
  return (
    <section aria-labelledby="products">
      <h2 id="products" tabIndex={-1}>
        {t("products")}
      </h2>
      <ol class="grid" ref={list} aria-busy={state.status === "loading"}>
        {state.hits.length
          ? state.hits.map((hit) => {
              const read = productOf(hit);
              const product = read.marked === read.title ? { ...read, marked: markedWords(read.title, state.words) } : read;
              const origin = { queryID: (hit.__queryID as string | undefined) ?? null, position: Number(hit.__position) || null };
              return (
                <li key={product.id}>
                  <Card product={product} origin={origin} question={() => page.search.question()} />
                </li>
              );
            })
          : Array.from({ length: WAITING }, (_, at) => <li key={at} class="waiting" aria-hidden="true" />)}
      </ol>
      {!state.isLastPage && (
        <button
          type="button"
          class="more"
          onClick={() => {
            shown.current = state.hits.length;
            page.search.showMore();
          }}
        >
          {t("more")}
        </button>
      )}
    </section>
  );
}

function Failed() {
  const { search } = usePage();
  return (
    <section class="note" role="alert">
      <h2 id="products" tabIndex={-1}>
        {t("error.title")}
      </h2>
      <p>{t("error.do")}</p>
      <button type="button" onClick={() => search.again()}>
        {t("error.again")}
      </button>
    </section>
  );
}

function Empty() {
  const { search } = usePage();
  const { answered: query, chosen } = useSearch();
  return (
    <>
      <section class="note">
        <h2 id="products" tabIndex={-1}>
          {query ? t("empty.title", { query }) : t("empty.title.plain")}
        </h2>
        <p>
          {t("empty.do")}{" "}
          {chosen.length > 0 && (
            <button type="button" class="link" onClick={() => search.clearFilters()}>
              {t("empty.filters")}
            </button>
          )}{" "}
          <button type="button" class="link" onClick={() => search.clearFilters("")}>
            {t("empty.all")}
          </button>
        </p>
      </section>
      <Row title={t("row.popular")} model="trending-items" kind="popular" />
    </>
  );
}
