import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { drawn, GLYPHS } from "../../../shop/src/lib/drawn";
import { categoriesOf, titleOf, type ItemDocument } from "../lib/item";

/** A product's picture; a drawing where it has none or where it lies on another host, which this page asks nothing. */
export function Picture({ item }: { item: unknown }): JSX.Element {
  const document = item as ItemDocument;
  return <PictureAt address={document.image ?? null} title={titleOf(item)} category={(categoriesOf(document)[0] ?? "").replaceAll(" › ", " > ")} />;
}

export function PictureAt({ address, title, category = "" }: { address: string | null; title: string; category?: string }): JSX.Element {
  const [isBroken, setBroken] = useState(false);
  return (
    <span class="picture">
      {isOwn(address) && !isBroken ? <img src={address!} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} /> : <Drawing title={title} category={category} />}
    </span>
  );
}

/** Whether it lies on this very server. */
function isOwn(address: string | null): boolean {
  try {
    return Boolean(address) && new URL(address!, location.href).origin === location.origin;
  } catch {
    return false;
  }
}

function Drawing({ title, category }: { title: string; category: string }): JSX.Element {
  const { tint, glyph, disc, turn } = drawn(title, category || null);
  return (
    <svg viewBox="0 0 64 64" class={`drawing tint-${tint}`} aria-hidden="true" focusable="false">
      <rect width="64" height="64" class="ground" />
      <circle cx={disc.x} cy={disc.y} r={disc.r} class="disc" />
      <path d={GLYPHS[glyph]} class="glyph" transform={`translate(12.8 12.8) scale(0.6) rotate(${turn} 32 32)`} />
    </svg>
  );
}
