import type { JSX } from "preact";
import { t } from "../../i18n";
import type { Place } from "../../lib/place";
import { useShop } from "../../parts/shop";
import { Head, Tabs } from "../../parts/state";
import { rankers, recommenders } from "./registry";
import { Kinds } from "./versions";

/** What was trained, how it did, and what serves. */
export function Models({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const [view = "rankers"] = place.rest;
  const registry = view === "recommenders" ? recommenders(shop) : rankers(shop);
  return (
    <>
      <Head title={t("nav.models")} lead={t("models.lead")}>
        <Tabs at={view} tabs={[
          { key: "rankers", label: t("models.rankers"), href: shop.to("models") },
          { key: "recommenders", label: t("models.recommenders"), href: shop.to("models", ["recommenders"]) },
        ]} />
      </Head>
      <Kinds key={view} registry={registry} />
    </>
  );
}
