import { useState } from "preact/hooks";
import { money, t } from "../i18n";
import { total } from "../lib/cart";
import { usePage } from "../page";
import { Dialog } from "./dialog";
import { Picture } from "./picture";
import { Row } from "./rows";

/** The cart; buying is a demonstration. */
export function Cart() {
  const page = usePage();
  const [isBought, setBought] = useState(false);
  const { cart } = page;
  const buy = () => {
    setBought(true);
    page.buy(t("cart.bought"));
  };
  return (
    <Dialog name={t("cart")} className="cart-view">
      <h2>{t("cart")}</h2>
      {isBought && !cart.length ? <p class="good">{t("cart.bought")}</p> : !cart.length ? <p>{t("cart.empty")}</p> : null}
      <ul class="lines">
        {cart.map(({ product, quantity }) => (
          <li key={product.id}>
            <Picture product={product} />
            <span class="title">{product.title}</span>
            <input
              type="number"
              min={0}
              max={99}
              value={quantity}
              aria-label={t("cart.quantity", { title: product.title })}
              onChange={(event) => page.quantity(product.id, event.currentTarget.valueAsNumber)}
            />
            <span class="price">{product.price === null ? t("price.unknown") : money(product.price * quantity, page.shop.currency)}</span>
            <button type="button" class="plain" aria-label={t("cart.remove", { title: product.title })} onClick={() => page.quantity(product.id, 0)}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {cart.length > 0 && (
        <>
          <p class="sum">
            {t("cart.total")} <b>{money(total(cart), page.shop.currency)}</b>
          </p>
          <button type="button" class="main" onClick={buy}>
            {t("cart.buy")}
          </button>
          <Row title={t("cart.with")} model="bought-together" kind="bought-together" item={cart.at(-1)!.product.id} />
        </>
      )}
    </Dialog>
  );
}
