import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { t, type Key } from "../../i18n";
import { brandIs, categoryIs, itemIs, treat, treatmentOf, type Treatment } from "../../lib/curation";
import { titleOf, type ItemDocument } from "../../lib/item";
import type { Editing } from "./editing";

export const TREATMENTS: readonly (readonly [Treatment, Key])[] = [["boost", "merch.boost"], ["bury", "merch.bury"], ["hide", "merch.hide"]];

/** Boost, bury or hide: this product, all of its brand, all of its category. */
export function More({ of, editing, onWhy }: { of: Schemas["SlateItemAnswer"]; editing: Editing; onWhy: () => void }): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = () => menu.current && (menu.current.open = false);
  const leave = (event: FocusEvent) => {
    if (!menu.current?.contains(event.relatedTarget as Node | null)) close();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !menu.current?.open) return;
    close();
    menu.current.querySelector("summary")?.focus();
    event.stopPropagation();
  };
  return (
    <details class="more-menu" ref={menu} onFocusOut={leave} onKeyDown={press}>
      <summary aria-label={`${t("merch.more")}: ${titleOf(of.item)}`} title={t("merch.more")}>⋯</summary>
      <div class="menu-box">
        {targets(of).map(([filter, says]) => <Treat key={filter} filter={filter} says={says} editing={editing} onDone={close} />)}
        <button type="button" class="link" onClick={() => { close(); onWhy(); }}>{t("merch.why")}</button>
      </div>
    </details>
  );
}

/** The filters that one may mean by a product, with their names. */
export function targets(of: Schemas["SlateItemAnswer"]): [filter: string, says: string][] {
  const { brand, category } = of.item as unknown as ItemDocument;
  const path = pathOf(category);
  return [
    [itemIs(of.id), t("merch.thisProduct")],
    ...(brand ? [[brandIs(brand), t("merch.allOf", { what: brand })] as [string, string]] : []),
    ...(path.length ? [[categoryIs(path), t("merch.allOf", { what: path.at(-1)! })] as [string, string]] : []),
  ];
}

/** The first path of the categories; one path stands in documents as it is, several in a list. */
function pathOf(category: unknown): string[] {
  if (typeof category === "string") return [category];
  if (!Array.isArray(category) || !category.length) return [];
  return (Array.isArray(category[0]) ? category[0] : category) as string[];
}

function Treat({ filter, says, editing, onDone }: { filter: string; says: string; editing: Editing; onDone: () => void }): JSX.Element {
  const now = treatmentOf(editing.now.rules, filter);
  const choose = (how: Treatment) => {
    editing.change((old) => ({ ...old, rules: treat(old.rules, how, filter) }));
    onDone();
  };
  return (
    <div role="group" aria-label={says}>
      <span>{says}</span>
      <span class="buttons">{TREATMENTS.map(([how, label]) => <button key={how} type="button" aria-pressed={now === how} onClick={() => choose(how)}>{t(label)}</button>)}</span>
    </div>
  );
}
