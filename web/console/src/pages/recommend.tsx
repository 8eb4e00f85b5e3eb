import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked } from "../api/use";
import { money, number, t, word } from "../i18n";
import { titleOf, type ItemDocument } from "../lib/item";
import { replace, type Place } from "../lib/place";
import { CheckField, SelectField, TextField } from "../parts/fields";
import { ItemPicker, useRested } from "../parts/pick";
import { useShop } from "../parts/shop";
import { Answer, Empty, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";
import { Why, type Asking } from "./workbench/why";

const KINDS = ["for-you", "similar", "looks-similar", "bought-together", "trending", "popular", "recently-viewed", "new"] as const;
type Kind = (typeof KINDS)[number];
const FROM_ITEMS: readonly Kind[] = ["similar", "looks-similar", "bought-together"];
const SHOWN = 20;
type Result = Schemas["SlateItemAnswer"];

/** What a shopper would be recommended, and why. */
export function Recommend({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const kind = KINDS.find((one) => one === place.query["kind"]) ?? "popular";
  const items = (place.query["items"] ?? "").split(",").filter(Boolean);
  const [user, setUser] = useState(place.query["user"] ?? "");
  const [filter, setFilter] = useState("");
  const [isFresh, setFresh] = useState(false);
  const [why, setWhy] = useState<Asking | null>(null);
  const to = (change: Record<string, string>) => replace(shop.to("recommend", [], { kind, user, items: items.join(","), ...change }));
  const body: Schemas["RecommendBody"] = { kind, items, limit: SHOWN, explain: true, record: false, exclude_seen: isFresh, ...(user.trim() ? { user: user.trim() } : {}), ...(filter.trim() ? { filter: filter.trim() } : {}) };
  const missing = FROM_ITEMS.includes(kind) && !items.length ? t("recommend.needsItem") : kind === "recently-viewed" && !user.trim() ? t("recommend.needsUser") : null;
  const asked = useRested(JSON.stringify(body));
  const slate = useAsked(missing ? null : `${shop.id} ${asked}`, (signal) => api.post<Schemas["SlateAnswer"]>(shop.path("recommend"), asked, signal));
  const filterError = slate.error?.field === "filter" ? slate.error.message : undefined;
  return (
    <>
      <Head title={t("nav.recommend")} lead={t("recommend.lead")} />
      <div class="fields asking">
        <SelectField label={t("recommend.kind")} value={kind} onValue={(value) => to({ kind: value })} options={KINDS.map((one) => [one, word("recommend", one)] as const)} />
        <TextField label={t("recommend.user")} hint={t("recommend.userHint")} value={user} onValue={setUser} />
        <TextField label={t("recommend.filter")} hint={t("recommend.filterHint")} value={filter} onValue={setFilter} error={filterError} isCode />
        <CheckField label={t("recommend.seen")} isOn={isFresh} onValue={setFresh} />
        <ItemPicker picked={items} most={FROM_ITEMS.includes(kind) && kind !== "bought-together" ? 5 : 20} onPicked={(picked) => to({ items: picked.join(",") })} />
      </div>
      <Section title={word("recommend", kind)} route="POST /v1/{shop}/recommend">
        {missing ? <Empty says={missing} /> : !filterError && <Answer of={slate}>{(answer) => <Slate answer={answer} onWhy={(item) => setWhy({ item, recommend: body })} />}</Answer>}
      </Section>
      {why && <Why asking={why} onClose={() => setWhy(null)} />}
    </>
  );
}

function Slate({ answer, onWhy }: { answer: Schemas["SlateAnswer"]; onWhy: (item: string) => void }): JSX.Element {
  const shop = useShop();
  const document = (one: Result) => one.item as unknown as ItemDocument;
  const columns: Column<Result>[] = [
    { key: "place", head: t("recommend.place"), value: (one) => one.position ?? null, isNumber: true, isNarrow: true },
    { key: "title", head: t("recommend.item"), value: (one) => titleOf(one.item), cell: (one) => <><span class="title">{titleOf(one.item)}</span><br /><code>{one.id}</code></> },
    { key: "price", head: t("items.price"), value: (one) => document(one).price?.amount ?? null, cell: (one) => money(document(one).price), isNumber: true },
    { key: "source", head: t("recommend.source"), value: (one) => one.source, cell: (one) => <Tag>{one.source}</Tag>, isNarrow: true },
    { key: "because", head: t("recommend.because"), value: because },
    { key: "score", head: t("bench.score"), value: (one) => one.score, cell: (one) => number(one.score, 4), isNumber: true },
    { key: "why", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => <button type="button" onClick={() => onWhy(one.id)} aria-label={t("why.title", { title: titleOf(one.item) })}>{t("recommend.why")}</button> },
  ];
  return (
    <>
      {answer.degraded.length > 0 && <p class="note warn">{t("bench.degraded", { parts: answer.degraded.map((one) => `${one.part}: ${one.reason}`).join("; ") })}</p>}
      <Table label={t("nav.recommend")} columns={columns} rows={answer.items} keyOf={(one) => one.id} file={`${shop.id}-recommendations`} onOpen={(one) => onWhy(one.id)}
        empty={<Empty says={t("recommend.none")} todo={t("recommend.noneDo")} />} />
    </>
  );
}

/** Why each source brought it, each reason once. */
function because(one: Result): string {
  const reasons = (one.explanation?.found ?? []).flatMap((found) => (found.because ? [found.because] : []));
  return [...new Set(reasons)].join("; ");
}
