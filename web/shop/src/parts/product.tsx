import { useEffect, useState } from "preact/hooks";
import { t, word } from "../i18n";
import { details, type Product, productOf } from "../lib/product";
import { usePage } from "../page";
import { Price, Stars, Why } from "./card";
import { Dialog } from "./dialog";
import { Picture } from "./picture";
import { Row } from "./rows";

/** One product, with what is like it and what goes with it. */
export function ProductView({ id }: { id: string }) {
  const page = usePage();
  const [product, setProduct] = useState<Product | null>(page.known(id)?.product ?? null);
  const [told, setTold] = useState<[string, string][]>([]);
  const [isGone, setGone] = useState(false);
  useEffect(() => {
    page.server.record(id).then(
      (record) => {
        if (!record) return setGone(!product);
        setProduct((known) => known ?? productOf(record));
        setTold(details(record));
      },
      () => setGone(!product),
    );
  }, [id]);
  return (
    <Dialog name={product?.title ?? t("loading")} className="product">
      {product ? <Whole product={product} told={told} /> : <p role="alert">{isGone ? t("error.title") : t("loading")}</p>}
      {product && (
        <>
          <Row title={t("row.similar")} model="related-products" kind="similar" item={id} />
          <Row title={t("row.together")} model="bought-together" kind="bought-together" item={id} />
        </>
      )}
    </Dialog>
  );
}

function Whole({ product, told }: { product: Product; told: [string, string][] }) {
  const page = usePage();
  const path = product.category?.split(" > ") ?? [];
  return (
    <div class="whole">
      <Picture product={product} isLarge />
      <div>
        {path.length > 0 && <p class="soft path">{path.join(" › ")}</p>}
        <h2>{product.title}</h2>
        {product.brand && <p class="brand">{product.brand}</p>}
        <p class="line">
          <Price product={product} />
          <Stars product={product} />
        </p>
        <button type="button" class="main" onClick={() => page.add(product, t("cart.added", { title: product.title }))}>
          {t("cart.add")}
        </button>
        <Why product={product} question={page.known(product.id)?.question ?? (() => page.search.question())} />
        <dl class="details">
          {told.map(([name, value]) => (
            <div key={name}>
              <dt>{word("attribute", name)}</dt>
              <dd>{value.length > 600 ? `${value.slice(0, 600)}…` : value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </div>
  );
}
