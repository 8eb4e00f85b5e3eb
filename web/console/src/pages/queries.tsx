import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked, useDoing } from "../api/use";
import { number, percent, t, word, type Key } from "../i18n";
import type { Place } from "../lib/place";
import { TextField } from "../parts/fields";
import { notify } from "../parts/notices";
import { useRested } from "../parts/pick";
import { Said } from "../parts/said";
import { useShop } from "../parts/shop";
import { Answer, Empty, Failure, Head, Section, Tabs, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";
import { begin } from "./merchandising/start";
import { addRule } from "./synonyms";

type Query = Schemas["QueryAnswer"];
type By = "top" | "rising" | "found-nothing" | "no-clicks" | "abandoned";
const TABS: readonly (readonly [By, Key, Key])[] = [
  ["top", "queries.top", "queries.topLead"], ["rising", "queries.rising", "queries.risingLead"], ["found-nothing", "queries.foundNothing", "queries.foundNothingLead"],
  ["no-clicks", "queries.noClicks", "queries.noClicksLead"], ["abandoned", "queries.abandoned", "queries.abandonedLead"],
];

/** What people search for, what goes wrong with it, and what mends it one click away; and what is searched for after another. */
export function Queries({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const [by, title, lead] = TABS.find(([one]) => one === place.query["by"]) ?? TABS[0]!;
  const queries = useAsked(`${shop.id} queries ${by}`, (signal) => api.get<Schemas["QueriesAnswer"]>(shop.path("queries"), { by, limit: 1000 }, signal));
  return (
    <>
      <Head title={t("nav.queries")} lead={t("queries.lead")} />
      <Tabs at={by} tabs={TABS.map(([key, label]) => ({ key, label: t(label), href: shop.to("queries", [], { by: key }) }))} />
      <Section title={t(title)} lead={t(lead)} route={`GET /v1/{shop}/queries?by=${by}`}>
        <Answer of={queries}>{(known) => <Listed key={by} by={by} queries={known.queries} onMended={queries.reload} />}</Answer>
      </Section>
      <Section title={t("queries.after")} lead={t("queries.afterLead")} route="GET /v1/{shop}/queries?after=">
        <After />
      </Section>
    </>
  );
}

function Listed({ by, queries, onMended }: { by: By; queries: readonly Query[]; onMended: () => void }): JSX.Element {
  const shop = useShop();
  const doing = useDoing();
  const accept = (query: string, rule: string) => doing.run(async () => {
    const undo = await addRule(shop, rule);
    const slate = await api.post<Schemas["SlateAnswer"]>(shop.path("search"), { query, limit: 1, record: false });
    notify(t("queries.accepted", { rule, query, total: slate.total }), () => undo().then(onMended));
    onMended();
  });
  const arrange = (query: string, open: string) => void doing.run(() => begin(shop, query, open));
  const isKnown = (of: (one: Query) => unknown) => queries.some((one) => of(one) !== null && of(one) !== undefined);
  const columns: Column<Query>[] = [
    { key: "text", head: t("queries.text"), value: (one) => one.text, cell: (one) => <><a href={shop.to("workbench", [], { q: one.text })}>{one.text}</a> {one.problem && one.problem !== by && <Tag tone={one.problem === "found-nothing" ? "bad" : "warn"}>{word("problem", one.problem)}</Tag>}</> },
    { key: "count", head: t("queries.count"), hint: t("queries.countHint"), value: (one) => one.count, cell: (one) => number(one.count, 0, 1), isNumber: true },
    ...(isKnown((one) => one.change) ? [{ key: "change", head: t("queries.change"), hint: t("queries.changeHint"), value: (one: Query) => one.change ?? null, cell: (one: Query) => `× ${number(one.change, 1)}`, isNumber: true }] : []),
    ...(isKnown((one) => one.click_rate) ? [{ key: "rate", head: t("queries.clickRate"), value: (one: Query) => one.click_rate ?? null, cell: (one: Query) => percent(one.click_rate), isNumber: true }] : []),
    ...(by === "top" || by === "rising" ? [] : [{ key: "fix", head: t("queries.fix"), value: (one: Query) => (one.fixes ?? []).map((fix) => fix.says).join("; "), cell: (one: Query) => <Fixes of={one} isBusy={doing.isBusy} onAccept={(rule) => void accept(one.text, rule)} /> }]),
    { key: "do", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => <Merchandise query={one.text} isBusy={doing.isBusy} onArrange={arrange} /> },
  ];
  return (
    <>
      {doing.error && <Failure error={doing.error} />}
      <Table label={t("nav.queries")} columns={columns} rows={queries} keyOf={(one) => one.text} file={`${shop.id}-queries-${by}`}
        empty={<Empty says={t(by === "top" || by === "rising" ? "queries.noneAsked" : "queries.none")} todo={t("queries.noneDo")} />} />
    </>
  );
}

/** The ways to a curation of this query. */
function Merchandise({ query, isBusy, onArrange }: { query: string; isBusy: boolean; onArrange: (query: string, open: string) => void }): JSX.Element {
  return (
    <span class="buttons">
      <button type="button" disabled={isBusy} aria-label={`${t("queries.arrange")}: ${query}`} onClick={() => onArrange(query, "")}>{t("queries.arrange")}</button>
      <button type="button" disabled={isBusy} aria-label={`${t("queries.redirect")}: ${query}`} onClick={() => onArrange(query, "redirect")}>{t("queries.redirect")}</button>
    </span>
  );
}

function Fixes({ of, isBusy, onAccept }: { of: Query; isBusy: boolean; onAccept: (rule: string) => void }): JSX.Element {
  const shop = useShop();
  const fixes = of.fixes ?? [];
  if (!fixes.length) return <a href={shop.to("synonyms", [], { rule: `${of.text} => ` })}>{t("queries.addSynonym")}</a>;
  return (
    <ul class="plain fixes">
      {fixes.map((fix, at) => (
        <li key={at}>
          <Tag>{word("fix", fix.kind)}</Tag> <span><Said text={fix.says} /></span>
          {fix.kind === "synonym" && <button type="button" class="main" disabled={isBusy} onClick={() => onAccept(fix.text)}>{t("queries.accept", { rule: fix.text })}</button>}
          {fix.kind === "spelling" && <a href={shop.to("workbench", [], { q: fix.text })}>{t("queries.try")}</a>}
        </li>
      ))}
    </ul>
  );
}

function After(): JSX.Element {
  const shop = useShop();
  const [text, setText] = useState("");
  const after = useRested(text.trim(), 400);
  const found = useAsked(after ? `${shop.id} ${after}` : null, (signal) => api.get<Schemas["QueriesAnswer"]>(shop.path("queries"), { after, limit: 100 }, signal));
  const columns: Column<Query>[] = [
    { key: "text", head: t("queries.text"), value: (one) => one.text, cell: (one) => <a href={shop.to("workbench", [], { q: one.text })}>{one.text}</a> },
    { key: "count", head: t("queries.count"), hint: t("queries.countHint"), value: (one) => one.count, cell: (one) => number(one.count, 1), isNumber: true },
    { key: "lift", head: t("queries.lift"), value: (one) => one.lift ?? null, cell: (one) => `× ${number(one.lift, 1)}`, isNumber: true },
  ];
  return (
    <>
      <TextField label={t("queries.afterField")} value={text} onValue={setText} type="search" />
      {after && <Answer of={found}>{(known) => (
        <Table label={t("queries.after")} columns={columns} rows={known.queries} keyOf={(one) => one.text} file={`${shop.id}-after`} empty={<Empty says={t("queries.afterNone", { query: after })} />} />
      )}</Answer>}
    </>
  );
}
