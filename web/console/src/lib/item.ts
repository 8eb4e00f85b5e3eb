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

/** The first path of an item's categories. */
export function categoryOf(item: ItemDocument): string {
  return (item.category?.[0] ?? []).join(" › ");
}
