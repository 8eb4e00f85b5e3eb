/** What the page shows of an item, whatever shape its record has. */
export interface Product {
  id: string;
  title: string;
  /** The title with what was found in it marked. */
  marked: string;
  brand: string | null;
  category: string | null;
  price: number | null;
  /** Address of a picture; whether it may be shown is another question. */
  picture: string | null;
  rating: number | null;
  ratings: number | null;
  isAvailable: boolean;
}

type Fields = Record<string, unknown>;

/** Reads a record; what is missing or of another kind is left out. */
export function productOf(record: Fields): Product {
  const title = text(record.title) ?? text(record.name) ?? text(record.product_name) ?? String(record.objectID ?? "");
  const marks = (record._highlightResult ?? {}) as Record<string, { value?: unknown } | undefined>;
  const marked = text(marks.title?.value) ?? text(marks.name?.value) ?? title;
  return {
    id: String(record.objectID ?? ""),
    title,
    marked,
    brand: text(record.brand) ?? text(record.vendor),
    category: category(record),
    price: number(record.price) ?? number((record.price as Fields | null)?.amount) ?? number((record.price as Fields | null)?.value),
    picture: text(record.image) ?? text(record.image_url) ?? text(record.imageUrl) ?? text(record.picture),
    rating: number(record.rating),
    ratings: number(record.rating_count) ?? number(record.review_count),
    isAvailable: record.available !== false,
  };
}

/** The longest category path; levels joined by ` > `. */
function category(record: Fields): string | null {
  const levels = record.hierarchicalCategories as Record<string, unknown> | undefined;
  const deepest = levels && typeof levels === "object" ? Object.keys(levels).sort().at(-1) : undefined;
  const all = [record.category, record.categories, deepest && levels?.[deepest]].flat().map(text).filter((one) => one !== null);
  return all.sort((a, b) => b.split(" > ").length - a.split(" > ").length)[0] ?? null;
}

/** Texts that a product page may show, by attribute: those that no card shows. */
export function details(record: Fields): [name: string, value: string][] {
  const shown = new Set(["objectID", "title", "name", "brand", "price", "image", "image_url", "picture", "category", "categories", "rating", "rating_count",
    "hierarchicalCategories", "available", "id", "currency"]);
  const told = Object.entries(record).filter(([name]) => !shown.has(name) && !name.startsWith("_"));
  const isTime = (value: unknown) => typeof value === "number" && value > 1e11;
  return told.flatMap(([name, value]) => {
    const values = [value].flat().filter((one) => ["string", "number"].includes(typeof one) && one !== "" && !isTime(one));
    return values.length ? [[name, values.join(", ")] as [string, string]] : [];
  });
}

function text(value: unknown): string | null {
  if (Array.isArray(value)) return text(value[0]);
  if (typeof value === "number") return String(value);
  if (value && typeof value === "object") return text((value as Fields).en) ?? text((value as Fields).zh) ?? null;
  return typeof value === "string" && value.trim() ? value : null;
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** Whether a picture may be asked for: from the page's own origin, or from one that its owner named. */
export function mayShow(picture: string | null, page: string, origins: readonly string[]): boolean {
  if (!picture) return false;
  try {
    const { origin, protocol } = new URL(picture, page);
    return ["https:", "http:"].includes(protocol) && (origin === new URL(page).origin || origins.includes(origin));
  } catch {
    return false;
  }
}
