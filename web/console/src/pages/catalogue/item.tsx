import type { JSX } from "preact";
import { api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { money, number, t } from "../../i18n";
import { categoriesOf, text, titleOf, type ItemDocument } from "../../lib/item";
import { pretty } from "../../parts/json";
import { useShop } from "../../parts/shop";
import { Answer, Head, Section, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import { Summary } from "./reviews";

/** One item: what is known of it, what is said of it, and its document. */
export function Item({ id }: { id: string }): JSX.Element {
  const shop = useShop();
  const item = useAsked(`${shop.id} ${id}`, (signal) => api.get<ItemDocument>(shop.path("items", id), {}, signal));
  const reviews = useAsked(`${shop.id} ${id} reviews`, (signal) => api.get<Schemas["ReviewsAnswer"]>(shop.path("items", id, "reviews"), {}, signal));
  return (
    <>
      <p class="trail"><a href={shop.to("catalogue")}>{t("items.back")}</a></p>
      <Answer of={item}>{(known) => <Known item={known} id={id} />}</Answer>
      <Section title={t("reviews.sum")} route="GET /v1/{shop}/items/{item}/reviews">
        <Answer of={reviews}>{(known) => <Summary of={known} />}</Answer>
      </Section>
      {item.data && (
        <details>
          <summary>{t("items.document")}</summary>
          <pre class="document" tabIndex={0}>{pretty(shortened(item.data))}</pre>
        </details>
      )}
    </>
  );
}

/** The numbers of a picture's vector tell people nothing. */
function shortened(item: ItemDocument): unknown {
  return item.picture?.vector ? { ...item, picture: { ...item.picture, vector: "…" } } : item;
}

function Known({ item, id }: { item: ItemDocument; id: string }): JSX.Element {
  const shop = useShop();
  const facts: [string, JSX.Element | string][] = [
    [t("items.id"), <code>{id}</code>],
    [t("items.price"), money(item.price)],
    [t("items.brand"), item.brand ?? ""],
    [t("items.category"), categoriesOf(item).join("; ")],
    [t("items.rating"), item.rating === null || item.rating === undefined ? "" : `${number(item.rating, 1)} (${number(item.rating_count ?? 0)})`],
    [t("items.stock"), item.available === false || item.stock === 0 ? <Tag tone="warn">{t("items.unavailable")}</Tag> : item.stock === null || item.stock === undefined ? "" : number(item.stock)],
  ];
  return (
    <>
      <Head title={titleOf(item)}>
        <p class="actions left"><a href={shop.to("recommend", [], { kind: "similar", items: id })}>{t("items.similar")}</a></p>
      </Head>
      <dl class="lines facts">{facts.filter(([, value]) => value !== "").map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
      {text(item.description) && <Section title={t("items.description")}><p class="prose">{text(item.description)}</p></Section>}
      {item.image && <p class="note">{t("items.withPicture")} <code>{item.image}</code></p>}
      <Attributes of={item.attributes ?? {}} id={id} />
    </>
  );
}

function Attributes({ of, id }: { of: Record<string, unknown>; id: string }): JSX.Element | null {
  const rows = Object.entries(of);
  const columns: Column<[string, unknown]>[] = [
    { key: "name", head: t("items.attribute"), value: ([name]) => name },
    { key: "value", head: t("items.value"), value: ([, value]) => shown(value) },
  ];
  if (!rows.length) return null;
  return <Section title={t("items.attributes")}><Table label={t("items.attributes")} columns={columns} rows={rows} keyOf={([name]) => name} file={`${id}-attributes`} empty={null} /></Section>;
}

/** A value as people read it: lists by commas, what has no plain form as JSON. */
function shown(value: unknown): string {
  if (typeof value === "number") return number(value, 0, 6);
  if (Array.isArray(value)) return value.map(shown).join(", ");
  if (value === null || typeof value !== "object") return String(value ?? "");
  return text(value) || JSON.stringify(value);
}
