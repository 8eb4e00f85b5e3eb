import { useState } from "preact/hooks";
import { money, t, word } from "../i18n";
import { parts } from "../lib/marked";
import type { Product } from "../lib/product";
import { why, type Line } from "../lib/why";
import { type Found, usePage } from "../page";
import type { Explanation } from "../server";
import { Picture } from "./picture";

/** A product in a list: picture, what it is, what it costs, and why it stands there. */
export function Card({ product, origin, question }: Found) {
  const page = usePage();
  return (
    <article class="card" data-id={product.id}>
      <a
        class="open"
        href={`#/item/${encodeURIComponent(product.id)}`}
        onClick={(event) => {
          event.preventDefault();
          page.open({ product, origin, question });
        }}
      >
        <Picture product={product} />
        <span class="title">
          <Marked text={product.marked} />
        </span>
      </a>
      {page.shop.facets.length > 0 && <p class="brand">{product.brand ?? product.category?.split(" > ").at(-1) ?? "\u00A0"}</p>}
      <p class="line">
        <Price product={product} />
        <Stars product={product} />
      </p>
      <Why product={product} question={question} />
    </article>
  );
}

export function Marked({ text }: { text: string }) {
  return <>{parts(text).map((part, at) => (part.isMatch ? <mark key={at}>{part.text}</mark> : part.text))}</>;
}

export function Price({ product }: { product: Product }) {
  const page = usePage();
  if (!product.isAvailable) return <span class="price soft">{t("unavailable")}</span>;
  return product.price === null ? <span class="price soft">{t("price.unknown")}</span> : <span class="price">{money(product.price, page.shop.currency)}</span>;
}

export function Stars({ product: { rating, ratings } }: { product: Product }) {
  if (rating === null) return null;
  const said = t("rating", { rating, count: ratings ?? 0 });
  return (
    <span class="stars" role="img" aria-label={said} title={said}>
      <span aria-hidden="true">★ {rating.toFixed(1)}</span>
    </span>
  );
}

/** "Why this?": asked of the server when it is opened. */
export function Why({ product, question }: { product: Product; question: () => Record<string, unknown> }) {
  const page = usePage();
  const [told, setTold] = useState<Explanation | null>(null);
  const [isFailed, setFailed] = useState(false);
  const toggled = (event: Event) => {
    const isOpen = (event.currentTarget as HTMLDetailsElement).open;
    if (!isOpen) return setTold(null);
    setFailed(false);
    page.server.explain(product.id, question()).then(setTold, () => setFailed(true));
  };
  return (
    <details class="why" onToggle={toggled}>
      <summary aria-label={t("why.label", { title: product.title })}>{t("why.ask")}</summary>
      {isFailed ? <p role="alert">{t("error.title")}</p> : told ? <Reasons told={told} /> : <p class="soft">{t("loading")}</p>}
    </details>
  );
}

function Reasons({ told }: { told: Explanation }) {
  const lines = told.explanation ? why(told.explanation) : [];
  const kept = told.reasons ?? [];
  if (kept.length) return <p>{kept.map((one) => word("reason", one.code)).join(" ")}</p>;
  if (!lines.length) return <p>{t("why.none")}</p>;
  return (
    <>
      <ul>
        {lines.map((line, at) => (
          <li key={at}>
            <span>{says(line)}</span>
            {line.share !== null && (
              <>
                <meter min={0} max={1} value={Math.max(0, line.share)} aria-hidden="true" />
                <b>{Math.round(line.share * 100)} %</b>
              </>
            )}
          </li>
        ))}
      </ul>
      {told.position && told.total ? <p class="soft">{t("why.position", { position: told.position, total: told.total })}</p> : null}
    </>
  );
}

function says({ kind, name, factor }: Line): string {
  if (kind === "rule") return `${word("rule", name)}${factor === undefined ? "" : ` × ${factor}`}`;
  if (kind === "words") return name ? t("why.words", { name }) : t("why.words.plain");
  if (kind === "source") return word("source", name);
  if (kind === "feature") return word("feature", name);
  return t(kind === "meaning" ? "why.meaning" : "why.because", { name });
}
