import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { money, t } from "../../i18n";
import { moves } from "../../lib/curation";
import { titleOf, type ItemDocument } from "../../lib/item";
import { useRested } from "../../parts/pick";
import { Picture } from "../../parts/picture";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Failure } from "../../parts/state";
import { Banners } from "./banners";
import type { Editing } from "./editing";

const SHOWN = 20;
type Result = Schemas["SlateItemAnswer"];

interface Both {
  now: Schemas["SlateAnswer"];
  with: Schemas["SlateAnswer"];
}

/** What shoppers see now beside what they would see: the server's answer with the draft in force. The draft is saved for it. */
export function Compare({ id, editing, save, query }: { id: string; editing: Editing; save: () => Promise<void>; query: string }): JSX.Element {
  const shop = useShop();
  const doing = useDoing();
  const { when } = editing.now;
  const rested = useRested(JSON.stringify(editing.now), 600);
  useEffect(() => {
    if (!editing.isSaved && rested === JSON.stringify(editing.now)) void doing.run(save);
  }, [rested, editing.isSaved]);
  const search: Schemas["SearchBody"] = { query, limit: SHOWN, record: false, ...(when.surfaces[0] ? { surface: when.surfaces[0] } : {}), ...(when.segments[0] ? { segment: when.segments[0] } : {}) };
  const what = editing.isSaved ? `${shop.id} compare ${id} ${JSON.stringify([search, editing.now])}` : null;
  const both = useAsked(what, async (signal): Promise<Both> => {
    const ask = (more: Partial<Schemas["SearchBody"]>) => api.post<Schemas["SlateAnswer"]>(shop.path("search"), { ...search, ...more }, signal);
    const [now, withDraft] = await Promise.all([ask({}), ask({ preview: [id] })]);
    return { now, with: withDraft };
  });
  if (doing.error) return <Failure error={doing.error} retry={() => void doing.run(save)} />;
  return <Answer of={both} lines={8}>{(known) => <Sides id={id} both={known} />}</Answer>;
}

function Sides({ id, both }: { id: string; both: Both }): JSX.Element {
  const [before, after] = [both.now.items.map((one) => one.id), both.with.items.map((one) => one.id)];
  const [came, left] = [moves(before, after), moves(after, before)];
  const moved = [...came.values()].filter((places) => places !== null && places !== 0).length;
  const fresh = [...came.values()].filter((places) => places === null).length;
  const count = after.length;
  const says = moved || fresh ? t("merch.movedSome", { moved, new: fresh, count }) : t("merch.sameOrder", { count });
  const isApplied = both.with.curations?.includes(id) ?? true;
  return (
    <>
      <p class={isApplied ? "standing" : "note warn"} role="status">{isApplied ? says : t("merch.notApplied")}</p>
      <div class="bench compare">
        <Side title={t("merch.now")} slate={both.now} side="a" mark={(one) => (left.get(one) === null ? <Moved places={null} isGone /> : null)} />
        <Side title={t("merch.with")} slate={both.with} side="b" mark={(one) => <Moved places={came.get(one) ?? null} />} />
      </div>
    </>
  );
}

function Side({ title, slate, side, mark }: { title: string; slate: Schemas["SlateAnswer"]; side: "a" | "b"; mark: (id: string) => JSX.Element | null }): JSX.Element {
  return (
    <section class={`column ${side}`} aria-label={title}>
      <header><h2>{title}</h2><span class="note">{t("merch.found", { total: slate.total })}</span></header>
      {slate.redirect && <p class="redirected">↪ {t("merch.redirected", { to: slate.redirect })}</p>}
      <Banners banners={slate.banners ?? []} />
      {slate.items.length ? <ol class="cards list small" aria-label={title}>{slate.items.map((one, at) => <Row key={one.id} of={one} at={at} mark={mark(one.id)} />)}</ol> : <Empty says={t("merch.noResults")} />}
    </section>
  );
}

function Row({ of, at, mark }: { of: Result; at: number; mark: JSX.Element | null }): JSX.Element {
  const { brand, price } = of.item as unknown as ItemDocument;
  return (
    <li data-id={of.id}>
      <span class="place">{at + 1}</span>
      <Picture item={of.item} />
      <div class="what">
        <p class="title">{titleOf(of.item)}</p>
        <p class="facts">{brand && <span>{brand}</span>}{price && <span>{money(price)}</span>}</p>
      </div>
      <span class="mark">{mark}</span>
    </li>
  );
}

/** How far it moved, in a sign and in words. */
function Moved({ places, isGone }: { places: number | null; isGone?: boolean }): JSX.Element | null {
  if (places === 0) return null;
  const [sign, says, tone] = isGone ? ["✕", t("merch.gone"), "down"] : places === null ? ["✦", t("merch.new"), "up"]
    : places > 0 ? [`▲${places}`, t("merch.up", { places }), "up"] : [`▼${-places}`, t("merch.down", { places: -places }), "down"];
  return <span class={`moved ${tone}`} title={says}><span aria-hidden="true">{sign}</span><span class="unseen">{says}</span></span>;
}
