import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { type Product, productOf } from "../lib/product";
import { usePage } from "../page";
import { Card } from "./card";

interface Asked {
  title: string;
  /** As the storefront protocol names it. */
  model: string;
  /** The same as Mercato names it, to have it explained. */
  kind: string;
  /** What to start from. */
  item?: string;
  /** Asked again when this changes. */
  when?: number | string;
  most?: number;
}

const MOST = 8;

/** A row of recommendations; nothing where there are none. Its place is kept while it is asked for. */
export function Row({ title, model, kind, item, when, most = MOST }: Asked) {
  const page = usePage();
  const [products, set] = useState<Product[] | null>(null);
  const visitor = page.visitor();
  useEffect(() => {
    let isWanted = true;
    const asked = page.server.recommend(model, { objectID: item, userToken: visitor, most });
    asked.then((records) => isWanted && set(records.map(productOf)), () => isWanted && set([]));
    return () => {
      isWanted = false;
    };
  }, [model, item, when, visitor]);
  if (products?.length === 0) return null;
  const question = () => ({ recommend: { kind, ...(item ? { items: [item] } : {}), ...(visitor ? { anonymous: visitor } : {}) } });
  return <Shelf title={title} name={kind} products={products} question={question} />;
}

function Shelf({ title, name, products, question }: { title: string; name: string; products: Product[] | null; question: () => Record<string, unknown> }) {
  return (
    <section class="shelf" data-row={name} aria-label={title}>
      <h3>{title}</h3>
      <ul aria-busy={products === null}>
        {products === null
          ? Array.from({ length: 5 }, (_, at) => <li key={at} class="waiting" aria-hidden="true" />)
          : products.map((product) => (
              <li key={product.id}>
                <Card product={product} origin={{ queryID: null, position: null }} question={question} />
              </li>
            ))}
      </ul>
    </section>
  );
}

/** For whom is known, what fits them; for all others, what is popular. Asked anew after whatever they do. */
export function ForYou() {
  const page = usePage();
  const isKnown = page.visitor() !== null;
  const title = !isKnown ? t("row.popular") : page.lastSeen ? `${t("row.foryou")} · ${t("row.because", { title: page.lastSeen.title })}` : t("row.foryou");
  return <Row title={title} model="recommended-for-you" kind="for-you" when={page.learnt} />;
}

export function Recent() {
  const page = usePage();
  if (!page.recent.length) return null;
  const visitor = page.visitor();
  const question = () => ({ recommend: visitor ? { kind: "recently-viewed", anonymous: visitor } : { kind: "popular" } });
  return (
    <div class="recent">
      <Shelf title={t("row.recent")} name="recently-viewed" products={page.recent} question={question} />
      <button type="button" class="link" onClick={() => page.forgetRecent()}>
        {t("row.forget")}
      </button>
    </div>
  );
}
