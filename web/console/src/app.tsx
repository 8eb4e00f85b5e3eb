import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, whenSignedOut, type Schemas } from "./api/client";
import { useAsked } from "./api/use";
import { t } from "./i18n";
import { go, usePlace, type Place } from "./lib/place";
import * as sessions from "./lib/session";
import { Frame } from "./parts/frame";
import { Notices } from "./parts/notices";
import { ShopContext, shopHere } from "./parts/shop";
import { Answer, Empty } from "./parts/state";
import { PAGES } from "./pages";
import { SignIn } from "./pages/signin";

/** The whole console: signing in, then a shop, then a page of it. */
export function App(): JSX.Element {
  const [session, setSession] = useState(sessions.read());
  const [isExpired, setExpired] = useState(false);
  const [, redraw] = useState(0);
  const change = (to: sessions.Session | null) => {
    sessions.write(to);
    setExpired(false);
    setSession(to);
  };
  useEffect(() => whenSignedOut(() => {
    sessions.write(null);
    setSession(null);
    setExpired(true);
  }), []);
  const taste = () => redraw((count) => count + 1);
  return (
    <>
      {session ? <SignedIn session={session} onSignOut={() => change(null)} onTaste={taste} /> : <SignIn isExpired={isExpired} onSignIn={change} onTaste={taste} />}
      <Notices />
    </>
  );
}

function SignedIn({ session, onSignOut, onTaste }: { session: sessions.Session; onSignOut: () => void; onTaste: () => void }): JSX.Element {
  const place = usePlace();
  const shops = useAsked("shops", async (signal) => {
    if (session.onlyShop) return [session.onlyShop];
    return (await api.get<Schemas["ShopPage"]>("/v1/shops", {}, signal)).shops.map((one) => one.id);
  });
  const shop = place.shop || (shops.data?.[0] ?? "");
  return (
    <ShopContext.Provider value={shopHere(shop)}>
      <Frame shops={shops.data ?? []} section={place.section} onSignOut={onSignOut} onTaste={onTaste}>
        <Answer of={shops}>{(known) => <Page known={known} shop={shop} place={place} />}</Answer>
      </Frame>
    </ShopContext.Provider>
  );
}

function Page({ known, shop, place }: { known: string[]; shop: string; place: Place }): JSX.Element {
  if (!known.length) return <Empty says={t("shops.none")} todo={t("shops.noneDo")} />;
  if (!known.includes(shop)) {
    return (
      <Empty says={t("shops.unknown", { shop })}>
        <ul class="plain">{known.map((id) => <li key={id}><a href={shopHere(id).to("overview")}>{id}</a></li>)}</ul>
      </Empty>
    );
  }
  const Shown = PAGES[place.section];
  if (!Shown) return <Empty says={t("app.notFound")}><button type="button" onClick={() => go(shopHere(shop).to("overview"))}>{t("nav.overview")}</button></Empty>;
  return <Shown key={`${shop} ${place.section}`} place={place} />;
}
