import type { Schemas } from "../api/client";
import { getLanguage, t } from "../i18n";

/** An item's document, as the API gives it. */
export type ItemDocument = Omit<Schemas["Item"], "title" | "description"> & { title?: unknown; description?: unknown };

/** A text of an item in the reader's language, else in the one that it has. */
export function text(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return "";
  const texts = value as Record<string, string>;
  return texts[getLanguage()] ?? texts["en"] ?? Object.values(texts)[0] ?? "";
}

export function titleOf(item: unknown): string {
  return text((item as ItemDocument | undefined)?.title) || t("items.noTitle");
}

/** An item's categories as people read them. One path stands in documents as it is, several in a list. */
export function categoriesOf(item: ItemDocument): string[] {
  const category: unknown = item.category ?? [];
  if (typeof category === "string") return [category];
  if (!Array.isArray(category) || !category.length) return [];
  const paths = category.every((part) => typeof part === "string") ? [category] : category;
  return paths.map((path: unknown) => (Array.isArray(path) ? path.join(" › ") : String(path)));
}
