import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t, type Key } from "../i18n";
import { address, go } from "../lib/place";
import { chooseLanguage, chooseTheme, otherLanguage, theme, type Theme } from "../lib/taste";
import { SelectField } from "./fields";
import { useShop } from "./shop";

const SECTIONS: readonly (readonly [group: Key, sections: readonly (readonly [section: string, label: Key])[]])[] = [
  ["nav.see", [["overview", "nav.overview"], ["live", "nav.live"], ["catalogue", "nav.catalogue"]]],
  ["nav.search", [["merchandising", "nav.merchandising"], ["workbench", "nav.workbench"], ["queries", "nav.queries"], ["synonyms", "nav.synonyms"]]],
  ["nav.recommending", [["recommend", "nav.recommend"]]],
  ["nav.learning", [["models", "nav.models"], ["experiments", "nav.experiments"], ["online", "nav.online"], ["strategies", "nav.strategies"]]],
  ["nav.shop", [["settings", "nav.settings"], ["history", "nav.history"], ["keys", "nav.keys"]]],
];

/** The frame of every page: where one is, which shop, and the way to all else. */
export function Frame(props: { shops: readonly string[]; section: string; onSignOut: () => void; onTaste: () => void; children: ComponentChildren }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const shop = useShop();
  useEffect(() => {
    setOpen(false);
    const label = SECTIONS.flatMap(([, sections]) => sections).find(([section]) => section === props.section)?.[1];
    document.title = [label ? t(label) : "", shop.id, "Mercato"].filter(Boolean).join(" · ");
  }, [props.section, shop.id]);
  return (
    <div class={isOpen ? "frame open" : "frame"}>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{t("app.skip")}</a>
      <header class="top">
        <button type="button" class="menu" aria-expanded={isOpen} aria-controls="menu" onClick={() => setOpen(!isOpen)}>{t("app.menu")}</button>
        <a class="brand" href={shop.to("overview")}><img src="./mark.svg" alt="" width="22" height="22" />Mercato</a>
        <ShopChoice shops={props.shops} section={props.section} />
      </header>
      <div class="side" id="menu">
        <Sections section={props.section} />
        <div class="taste">
          <Taste onTaste={props.onTaste} />
          <button type="button" class="link" onClick={props.onSignOut}>{t("app.signOut")}</button>
        </div>
      </div>
      <main id="main" ref={main} tabIndex={-1}>{props.children}</main>
    </div>
  );
}

function ShopChoice({ shops, section }: { shops: readonly string[]; section: string }): JSX.Element {
  const shop = useShop();
  return (
    <label class="shop">
      <span>{t("app.shop")}</span>
      <select value={shop.id} onChange={(event) => go(address(event.currentTarget.value, section))}>
        {[...new Set([shop.id, ...shops])].filter(Boolean).map((id) => <option key={id} value={id}>{id}</option>)}
      </select>
    </label>
  );
}

function Sections({ section }: { section: string }): JSX.Element {
  const shop = useShop();
  return (
    <nav aria-label={t("app.menu")}>
      {SECTIONS.map(([group, sections]) => (
        <div key={group}>
          <h2>{t(group)}</h2>
          <ul>
            {sections.map(([name, label]) => (
              <li key={name}><a href={shop.to(name)} aria-current={name === section ? "page" : undefined}>{t(label)}</a></li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** Language and appearance. */
export function Taste({ onTaste }: { onTaste: () => void }): JSX.Element {
  const pickTheme = (to: string) => {
    chooseTheme(to as Theme);
    onTaste();
  };
  const pickLanguage = () => {
    chooseLanguage(otherLanguage());
    onTaste();
  };
  return (
    <>
      <SelectField label={t("app.theme")} value={theme()} onValue={pickTheme} options={[["auto", t("app.theme.auto")], ["light", t("app.theme.light")], ["dark", t("app.theme.dark")]]} />
      <button type="button" class="link language" lang={otherLanguage() === "zh" ? "zh-CN" : "en"} onClick={pickLanguage}>{t("app.language")}</button>
    </>
  );
}
