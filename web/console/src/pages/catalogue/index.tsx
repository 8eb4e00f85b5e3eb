import type { JSX } from "preact";
import { t } from "../../i18n";
import type { Place } from "../../lib/place";
import { useShop } from "../../parts/shop";
import { Head, Tabs } from "../../parts/state";
import { Duplicates } from "./duplicates";
import { Item } from "./item";
import { Items } from "./items";
import { Quality } from "./quality";
import { Reviews } from "./reviews";

/** The catalogue: its items, what is wrong with it, what stands in it twice, what is said of it. */
export function Catalogue({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const [view = "items", id] = place.rest;
  if (view === "item" && id) return <Item id={id} />;
  const tab = (key: string, label: string) => ({ key, label, href: shop.to("catalogue", key === "items" ? [] : [key]) });
  return (
    <>
      <Head title={t("nav.catalogue")} lead={t("catalogue.lead")}>
        <Tabs at={view} tabs={[tab("items", t("catalogue.items")), tab("quality", t("catalogue.quality")), tab("duplicates", t("catalogue.duplicates")), tab("reviews", t("catalogue.reviews"))]} />
      </Head>
      {view === "quality" ? <Quality /> : view === "duplicates" ? <Duplicates /> : view === "reviews" ? <Reviews /> : <Items place={place} />}
    </>
  );
}
