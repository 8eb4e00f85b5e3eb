import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, timed, type Schemas } from "../../api/client";
import { useAsked, type Asked } from "../../api/use";
import { duration, t } from "../../i18n";
import { titleOf } from "../../lib/item";
import { of, type Judgements } from "../../lib/judgements";
import type { Grade } from "../../lib/ndcg";
import { replace, type Place } from "../../lib/place";
import { TextField } from "../../parts/fields";
import { useRested } from "../../parts/pick";
import { useShop } from "../../parts/shop";
import { Empty, Failure, Head, Loading, Source } from "../../parts/state";
import { Judged, Ndcg, useJudgements } from "./judging";
import { Results } from "./results";
import { SideSettings } from "./settings";
import { AS_SHOP, fieldOf, request, type Side } from "./side";
import { Understood } from "./understood";
import { Why, type Asking } from "./why";

interface Answered {
  answer: Schemas["SlateAnswer"];
  seconds: number | null;
}

const NAMES = ["A", "B"] as const;

/** One query, answered in two ways side by side. */
export function Workbench({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const asked = place.query["q"] ?? "";
  const [without, setWithout] = useState<string[]>([]);
  const [sides, setSides] = useState<[Side, Side]>([AS_SHOP, { ...AS_SHOP, method: "lexical" }]);
  const [why, setWhy] = useState<Asking | null>(null);
  const [judgements, judge, forget] = useJudgements();
  const ask = (query: string) => {
    setWithout([]);
    replace(shop.to("workbench", [], { q: query }));
  };
  const first = useSide(sides[0], asked, without);
  const second = useSide(sides[1], asked, without);
  const both = [first, second] as const;
  const change = (at: 0 | 1) => (side: Side) => setSides(at ? [sides[0], side] : [side, sides[1]]);
  const board = (at: 0 | 1) => (
    <Column key={at} at={at} of={both[at]} other={both[1 - at]!} side={sides[at]} onSide={change(at)} onCopy={at ? undefined : () => setSides([sides[0], sides[0]])} query={asked} judgements={judgements}
      onJudge={judge} onExplain={setWhy} onTakeAway={(key) => setWithout([...without, key])} onQuery={ask} />
  );
  return (
    <>
      <Head title={t("nav.workbench")} lead={t("bench.lead")} />
      <QueryForm asked={asked} onAsk={ask} />
      {without.length > 0 && (
        <p class="taken-away"><span>{t("bench.takenAway")}</span>{without.map((key) => <button type="button" key={key} class="link" onClick={() => setWithout(without.filter((one) => one !== key))}><code>{key}</code> ↺</button>)}</p>
      )}
      {asked ? (
        <>
          <p class="keys">{t("bench.keys")} <Source route="POST /v1/{shop}/search" /></p>
          <div class="bench">{board(0)}{board(1)}</div>
        </>
      ) : <Begin onAsk={ask} />}
      <Judged judgements={judgements} onForget={forget} />
      {why && <Why asking={why} onClose={() => setWhy(null)} />}
    </>
  );
}

interface SideAsked extends Asked<Answered> {
  body: Schemas["SearchBody"] | null;
  /** What is wrong with the side's JSON. */
  broken: string | null;
}

function useSide(side: Side, query: string, without: readonly string[]): SideAsked {
  const shop = useShop();
  let [body, broken]: [Schemas["SearchBody"] | null, string | null] = [null, null];
  try {
    body = request(side, query, without);
  } catch (error) {
    broken = error instanceof Error ? error.message : String(error);
  }
  // Settings are asked about when they have rested for a moment, a query at once.
  const settings = JSON.stringify({ ...body, query: "", understanding: null });
  const rested = useRested(settings);
  const what = body && query && rested === settings ? `${shop.id} ${JSON.stringify(body)}` : null;
  const asked = useAsked(what, (signal) => timed<Schemas["SlateAnswer"]>(shop.path("search"), body, signal));
  return { ...asked, body, broken };
}

function QueryForm({ asked, onAsk }: { asked: string; onAsk: (query: string) => void }): JSX.Element {
  const [typed, setTyped] = useState(asked);
  useEffect(() => setTyped(asked), [asked]);
  const submit = (event: Event) => {
    event.preventDefault();
    onAsk(typed.trim());
  };
  return (
    <form class="query row" role="search" onSubmit={submit}>
      <TextField label={t("bench.query")} placeholder={t("bench.placeholder")} type="search" value={typed} onValue={setTyped} isWide />
      <button class="main">{t("bench.run")}</button>
    </form>
  );
}

/** Before there is a query: how it is used, and a few of this shop's own items to begin with. */
function Begin({ onAsk }: { onAsk: (query: string) => void }): JSX.Element {
  const shop = useShop();
  const items = useAsked(`${shop.id} popular`, (signal) => api.post<Schemas["SlateAnswer"]>(shop.path("recommend"), { kind: "popular", limit: 5, record: false }, signal));
  return (
    <Empty says={t("bench.empty")} todo={t("bench.emptyDo")}>
      {items.data && items.data.items.length > 0 && (
        <>
          <p class="note">{t("bench.tryOne")}</p>
          <ul class="chips">{items.data.items.map((one) => <li key={one.id}><button type="button" class="link" onClick={() => onAsk(short(titleOf(one.item)))}>{short(titleOf(one.item))}</button></li>)}</ul>
        </>
      )}
    </Empty>
  );
}

/** The beginning of a title, as somebody might type it. */
function short(title: string): string {
  return title.split(/\s+/).slice(0, 4).join(" ").slice(0, 40);
}

interface ColumnProps {
  at: 0 | 1;
  of: SideAsked;
  other: SideAsked;
  side: Side;
  onSide: (side: Side) => void;
  onCopy: (() => void) | undefined;
  query: string;
  judgements: Judgements;
  onJudge: (query: string, item: string, grade: Grade | null) => void;
  onExplain: (asking: Asking) => void;
  onTakeAway: (key: string) => void;
  onQuery: (query: string) => void;
}

function Column(props: ColumnProps): JSX.Element {
  const { at, of: mine, other, query } = props;
  const column = useRef<HTMLElement>(null);
  const [name, otherName] = [NAMES[at], NAMES[1 - at]!];
  const grades = of(props.judgements, query);
  const ids = (of: SideAsked) => of.data?.answer.items.map((one) => one.id);
  const others = new Map((ids(other) ?? []).map((id, index) => [id, index + 1] as const));
  const toOther = (index: number) => {
    const rows = column.current?.parentElement?.querySelectorAll<HTMLElement>(`[data-side="${otherName}"] > li`);
    (rows?.[Math.min(index, rows.length - 1)] ?? column.current)?.focus();
  };
  const slate = mine.data?.answer;
  const isElsewhere = mine.error && !fieldOf(mine.error);
  return (
    <section class={`column ${name.toLowerCase()}`} ref={column} aria-label={t("bench.results", { side: name })} aria-busy={mine.isLoading}>
      <header>
        <h2><span class="badge">{name}</span>{slate && <span class="found">{t("bench.found", { total: slate.total })}</span>}</h2>
        {mine.data && mine.data.seconds !== null && <span class="note">{t("bench.took", { time: duration(mine.data.seconds) })}</span>}
        {slate && <Ndcg shown={ids(mine) ?? []} against={at ? ids(other) : undefined} grades={grades} />}
      </header>
      <SideSettings name={name} side={props.side} onSide={props.onSide} onCopy={props.onCopy} error={mine.error} broken={mine.broken} />
      {isElsewhere && <Failure error={mine.error!} retry={mine.reload} />}
      {!slate && !mine.error && !mine.broken && <Loading lines={8} />}
      {slate?.understanding && <Understood reading={slate.understanding} onTakeAway={props.onTakeAway} onQuery={props.onQuery} />}
      {slate && <CuratedBy slate={slate} />}
      {slate && slate.degraded.length > 0 && <p class="note warn">{t("bench.degraded", { parts: slate.degraded.map((one) => `${one.part}: ${one.reason}`).join("; ") })}</p>}
      {slate && !slate.items.length && <Empty says={t("bench.none")} todo={t("bench.noneDo")} />}
      {slate && slate.items.length > 0 && (
        <Results side={name} other={otherName} results={slate.items} others={others} grades={grades} onOtherSide={toOther}
          onGrade={(item, grade) => props.onJudge(query, item, grade)} onExplain={(item) => mine.body && props.onExplain({ item, search: mine.body })} />
      )}
      {slate && mine.body && <Another onExplain={(item) => props.onExplain({ item, search: mine.body! })} />}
    </section>
  );
}

/** The curations that had a say, and where they would lead a shopper. */
function CuratedBy({ slate }: { slate: Schemas["SlateAnswer"] }): JSX.Element | null {
  const shop = useShop();
  if (!slate.curations?.length) return null;
  return (
    <p class="note curated">
      {t("merch.curatedBy")} {slate.curations.map((id) => <a key={id} href={shop.to("merchandising", [id])}><code>{id}</code></a>)}
      {slate.redirect && <span>{t("merch.count.redirect", { to: slate.redirect })}</span>}
      {slate.banners?.length ? <span>{t("merch.count.banners", { count: slate.banners.length })}</span> : null}
    </p>
  );
}

function Another({ onExplain }: { onExplain: (item: string) => void }): JSX.Element {
  const [item, setItem] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    if (item.trim()) onExplain(item.trim());
  };
  return (
    <form class="row another" onSubmit={submit}>
      <TextField label={t("why.another")} placeholder={t("why.item")} value={item} onValue={setItem} isWide />
      <button disabled={!item.trim()}>{t("why.ask")}</button>
    </form>
  );
}
