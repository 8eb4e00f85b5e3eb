import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { number, percent, t, word } from "../../i18n";
import { notify } from "../../parts/notices";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Failure, Section, Source, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import { Checking } from "./quality";

type Report = NonNullable<Schemas["SameProductAnswer"]["report"]>;
type Group = Report["groups"][number];
type Pair = NonNullable<Report["unsure"]>[number];

/** Which items are the same product twice, or variants of one; and the pairs to judge. */
export function Duplicates(): JSX.Element {
  const shop = useShop();
  const [isChecking, setChecking] = useState(false);
  const answer = useAsked(`${shop.id} duplicates`, async (signal) => {
    const told = await api.get<Schemas["SameProductAnswer"]>(shop.path("duplicates"), { limit: 1000 }, signal);
    setChecking(Boolean(told.checking));
    return told;
  }, isChecking ? 2_000 : 0);
  return (
    <Answer of={answer}>{(known) => (
      <>
        {known.checking && <Checking of={known.checking} />}
        {known.report && <Groups report={known.report} />}
        {known.report?.unsure && <Unsure pairs={known.report.unsure} onJudged={answer.reload} />}
      </>
    )}</Answer>
  );
}

function Groups({ report }: { report: Report }): JSX.Element {
  const shop = useShop();
  const columns: Column<Group>[] = [
    { key: "relation", head: t("duplicates.relation"), value: (one) => word("relation", one.relation), cell: (one) => <Tag tone={one.relation === "duplicate" ? "warn" : "plain"}>{word("relation", one.relation)}</Tag>, isNarrow: true },
    { key: "items", head: t("duplicates.items"), value: (one) => one.items.map((item) => item.title).join(" / "), cell: (one) => <Members of={one} /> },
    { key: "probability", head: t("duplicates.probability"), value: (one) => one.probability, cell: (one) => percent(one.probability, 0), isNumber: true },
    { key: "evidence", head: t("duplicates.evidence"), value: (one) => one.evidence.join("; ") },
  ];
  return (
    <>
      <p class="lead">{t("duplicates.lead", { items: report.items, compared: report.compared })} <Source route="GET /v1/{shop}/duplicates" /></p>
      <Table label={t("catalogue.duplicates")} columns={columns} rows={report.groups} keyOf={(one) => one.items.map((item) => item.item).join(" ")} file={`${shop.id}-duplicates`} page={25}
        empty={<Empty says={t("duplicates.none")} todo={t("duplicates.noneDo")} />} />
    </>
  );
}

function Members({ of }: { of: Group }): JSX.Element {
  const shop = useShop();
  const varies = (item: Group["items"][number]) => (item.varies as unknown as [string, string][] | undefined)?.map(([, value]) => value).join(", ");
  return (
    <ul class="plain">
      {of.items.map((item) => (
        <li key={item.item}>
          <a href={shop.to("catalogue", ["item", item.item])}>{item.title || item.item}</a>
          {item.price !== null && item.price !== undefined && <span class="note"> {number(item.price, 2)}</span>}
          {varies(item) && <span class="note"> · {varies(item)}</span>}
        </li>
      ))}
    </ul>
  );
}

function Unsure({ pairs, onJudged }: { pairs: readonly Pair[]; onJudged: () => void }): JSX.Element {
  const shop = useShop();
  const doing = useDoing();
  const send = (pair: Pair, same: boolean | null) => api.post(shop.path("duplicates", "judgements"), { judgements: [{ left: pair.left, right: pair.right, ...(same === null ? {} : { same }) }] });
  const judge = (pair: Pair, same: boolean) => doing.run(async () => {
    await send(pair, same);
    notify(t("duplicates.judged", { left: pair.left, right: pair.right }), () => send(pair, null).then(onJudged));
    onJudged();
  });
  const link = (id: string) => <a href={shop.to("catalogue", ["item", id])}><code>{id}</code></a>;
  const columns: Column<Pair>[] = [
    { key: "left", head: t("duplicates.left"), value: (one) => one.left, cell: (one) => link(one.left) },
    { key: "right", head: t("duplicates.right"), value: (one) => one.right, cell: (one) => link(one.right) },
    { key: "probability", head: t("duplicates.probability"), value: (one) => one.probability, cell: (one) => percent(one.probability, 0), isNumber: true },
    { key: "evidence", head: t("duplicates.evidence"), value: (one) => one.evidence.join("; ") },
    { key: "judge", head: t("duplicates.judge"), value: () => "", isAction: true, isNarrow: true, cell: (one) => (
      <span class="buttons">
        <button type="button" disabled={doing.isBusy} onClick={() => void judge(one, true)}>{t("duplicates.same")}</button>
        <button type="button" disabled={doing.isBusy} onClick={() => void judge(one, false)}>{t("duplicates.different")}</button>
      </span>
    ) },
  ];
  return (
    <Section title={t("duplicates.unsure")} lead={t("duplicates.unsureLead")} route="POST /v1/{shop}/duplicates/judgements">
      {doing.error && <Failure error={doing.error} />}
      <Table label={t("duplicates.unsure")} columns={columns} rows={pairs} keyOf={(one) => `${one.left} ${one.right}`} file={`${shop.id}-unsure-pairs`} page={10} empty={null} />
    </Section>
  );
}
