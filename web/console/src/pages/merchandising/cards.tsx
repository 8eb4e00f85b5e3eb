import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { money, t } from "../../i18n";
import { itemIs, pinAt, pins, treat, treatmentOf, unpin, type Treatment } from "../../lib/curation";
import { useGlide } from "../../lib/glide";
import { titleOf, type ItemDocument } from "../../lib/item";
import { Picture } from "../../parts/picture";
import { Tag } from "../../parts/state";
import type { Editing } from "./editing";
import { More, targets } from "./more";

type Result = Schemas["SlateItemAnswer"];
const LETTERS: Record<string, Treatment> = { b: "boost", d: "bury", h: "hide" };

/** Results as cards that are dragged to their places, or moved with the keyboard. */
export function Cards({ items, layout, editing, onWhy }: { items: readonly Result[]; layout: "grid" | "list"; editing: Editing; onWhy: (item: string) => void }): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  useGlide(list, layout);
  const [dragged, setDragged] = useState<string | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [says, setSays] = useState("");
  const { rules } = editing.now;
  const places = pins(rules);
  const change = (to: typeof rules, told: string) => {
    editing.change((now) => ({ ...now, rules: to }));
    setSays(told);
  };
  const pin = (id: string, place: number) => {
    if (place < 1) return;
    const title = titleOf(items.find((one) => one.id === id)?.item);
    change(pinAt(rules, id, place), t("merch.said.pinned", { title, place }));
    refocus(list.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`));
  };
  const toggle = (one: Result, at: number) => (places.has(one.id) ? change(unpin(rules, one.id), t("merch.said.unpinned", { title: titleOf(one.item) })) : pin(one.id, at + 1));
  const press = (event: KeyboardEvent, one: Result, at: number) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const by = steps(event.key, list.current);
    const how = LETTERS[event.key.toLowerCase()];
    if (by && event.altKey) pin(one.id, Math.min(items.length, Math.max(1, at + 1 + by)));
    else if (by) (list.current?.children[at + by] as HTMLElement | undefined)?.focus();
    else if (event.key.toLowerCase() === "p") toggle(one, at);
    else if (how) change(treat(rules, how, itemIs(one.id)), t("merch.said.changed"));
    else return;
    event.preventDefault();
  };
  const drop = (event: DragEvent, at: number) => {
    event.preventDefault();
    setOver(null);
    if (dragged) pin(dragged, at + 1);
  };
  return (
    <>
      <ol class={`cards ${layout}`} ref={list} aria-label={t("merch.results")}>
        {items.map((one, at) => (
          <li key={one.id} data-id={one.id} tabIndex={0} draggable class={[places.has(one.id) ? "pinned" : "", over === at && dragged !== one.id ? "over" : "", dragged === one.id ? "dragged" : ""].join(" ").trim()}
            onKeyDown={(event) => press(event, one, at)} onDragStart={() => setDragged(one.id)} onDragEnd={() => { setDragged(null); setOver(null); }}
            onDragOver={(event) => { event.preventDefault(); if (over !== at) setOver(at); }} onDrop={(event) => drop(event, at)}>
            <Card of={one} at={at} editing={editing} isPinned={places.has(one.id)} onPin={(place) => pin(one.id, place)} onToggle={() => toggle(one, at)} onWhy={() => onWhy(one.id)} />
          </li>
        ))}
      </ol>
      <p class="unseen" role="status">{says}</p>
    </>
  );
}

/** A card that is moved loses the focus: it, or the button of it that was pressed, gets it back once it is drawn at its place. */
function refocus(card: HTMLElement | null | undefined): void {
  const focused = document.activeElement;
  setTimeout(() => (focused instanceof HTMLElement && card?.contains(focused) ? focused : card)?.focus(), 0);
}

/** How many cards further an arrow leads: up and down by a row of the grid. */
function steps(key: string, list: HTMLElement | null): number {
  if (key === "ArrowLeft") return -1;
  if (key === "ArrowRight") return 1;
  const cards = [...(list?.children ?? [])] as HTMLElement[];
  const row = Math.max(1, cards.filter((card) => card.offsetTop === cards[0]!.offsetTop).length);
  return key === "ArrowUp" ? -row : key === "ArrowDown" ? row : 0;
}

interface CardProps {
  of: Result;
  at: number;
  editing: Editing;
  isPinned: boolean;
  onPin: (place: number) => void;
  onToggle: () => void;
  onWhy: () => void;
}

function Card({ of, at, editing, isPinned, onPin, onToggle, onWhy }: CardProps): JSX.Element {
  const title = titleOf(of.item);
  const { brand, price } = of.item as unknown as ItemDocument;
  const how = targets(of).map(([filter]) => treatmentOf(editing.now.rules, filter)).find((one) => one !== null);
  const about = (says: string) => `${says}: ${title}`;
  return (
    <>
      <span class="place"><span class="unseen">{t("merch.place", { place: at + 1, title: "" })}</span><span aria-hidden="true">{at + 1}</span></span>
      <Picture item={of.item} />
      <div class="what">
        <p class="title">{title}</p>
        <p class="facts">
          {brand && <span>{brand}</span>}{price && <span class="money">{money(price)}</span>}
          {isPinned && <Tag tone="accent">{t("merch.pinned")}</Tag>}
          {how === "boost" && <Tag tone="good">{t("merch.boosted")}</Tag>}
          {how === "bury" && <Tag tone="warn">{t("merch.buried")}</Tag>}
        </p>
      </div>
      <div class="doings">
        <button type="button" aria-pressed={isPinned} aria-label={about(t(isPinned ? "merch.unpin" : "merch.pin"))} onClick={onToggle}>{t(isPinned ? "merch.unpin" : "merch.pin")}</button>
        <button type="button" disabled={at === 0} aria-label={about(t("merch.earlier"))} title={t("merch.earlier")} onClick={() => onPin(at)}>↑</button>
        <button type="button" aria-label={about(t("merch.later"))} title={t("merch.later")} onClick={() => onPin(at + 2)}>↓</button>
        <More of={of} editing={editing} onWhy={onWhy} />
      </div>
    </>
  );
}
