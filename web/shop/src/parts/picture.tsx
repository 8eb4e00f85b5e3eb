import { useState } from "preact/hooks";
import { drawn, GLYPHS } from "../lib/drawn";
import type { Product } from "../lib/product";
import { usePage } from "../page";

/** A product's picture in a box whose size is known beforehand; a drawing where there is none that may be shown. */
export function Picture({ product, isLarge = false }: { product: Product; isLarge?: boolean }) {
  const page = usePage();
  const [isBroken, setBroken] = useState(false);
  const isShown = !isBroken && page.mayShow(product.picture);
  return (
    <span class={isLarge ? "picture large" : "picture"}>
      {isShown ? <img src={product.picture!} alt="" loading="lazy" decoding="async" width="320" height="320" onError={() => setBroken(true)} /> : <Drawing product={product} />}
    </span>
  );
}

function Drawing({ product }: { product: Product }) {
  const { tint, glyph, disc, turn } = drawn(product.title, product.category);
  return (
    <svg viewBox="0 0 64 64" class={`drawing tint-${tint}`} aria-hidden="true" focusable="false">
      <rect width="64" height="64" class="ground" />
      <circle cx={disc.x} cy={disc.y} r={disc.r} class="disc" />
      <g transform={`translate(12.8 12.8) scale(0.6) rotate(${turn} 32 32)`}>
        <path d={GLYPHS[glyph]} class="glyph" />
      </g>
    </svg>
  );
}
