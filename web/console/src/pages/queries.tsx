import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked, useDoing } from "../api/use";
import { number, t, word } from "../i18n";
import { Choice, TextField } from "../parts/fields";
import { notify } from "../parts/notices";
import { useRested } from "../parts/pick";
import { Said } from "../parts/said";
import { useShop } from "../parts/shop";
import { Answer, Empty, Failure, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";
import { addRule } from "./synonyms";

type Query = Schemas["QueryAnswer"];
const PROBLEMS = ["found-nothing", "no-clicks"] as const;

/** Queries that go wrong, each with what may mend it one click away; and what is searched for after another. */
export function Queries(): JSX.Element {
  const shop = useShop();
  const queries = useAsked(`${shop.id} queries`, (signal) => api.get<Schemas["QueriesAnswer"]>(shop.path("queries"), { limit: 1000 }, signal));
  return (
    <>
      <Head title={t("nav.queries")} lead={t("queries.lead")} />
      <Section title={t("queries.title")} route="GET /v1/{shop}/queries">
        <Answer of={queries}>{(known) => <Troubled queries={known.queries} onMended={queries.reload} />}</Answer>
      </Section>
      <Section title={t("queries.after")} lead={t("queries.afterLead")} route="GET /v1/{shop}/queries?after=">
        <After />
      </Section>
    </>
  );
}

function Troubled({ queries, onMended }: { queries: readonly Query[]; onMended: () => void }): JSX.Element {
  const shop = useShop();
  const [problem, setProblem] = useState<"all" | (typeof PROBLEMS)[number]>("all");
  const doing = useDoing();
  const accept = (query: string, rule: string) => doing.run(async () => {
    const undo = await addRule(shop, rule);
    const slate = await api.post<Schemas["SlateAnswer"]>(shop.path("search"), { query, limit: 1, record: false });
    notify(t("queries.accepted", { rule, query, total: slate.total }), () => undo().then(onMended));
    onMended();
  });
  const shown = queries.filter((one) => problem === "all" || one.problem === problem);
  const columns: Column<Query>[] = [
    { key: "text", head: t("queries.text"), value: (one) => one.text, cell: (one) => <a href={shop.to("workbench", [], { q: one.text })}>{one.text}</a> },
    { key: "count", head: t("queries.count"), hint: t("queries.countHint"), value: (one) => one.count, cell: (one) => number(one.count, 1), isNumber: true },
    { key: "problem", head: t("queries.problem"), value: (one) => word("problem", one.problem), cell: (one) => <Tag tone={one.problem === "found-nothing" ? "bad" : "warn"}>{word("problem", one.problem)}</Tag>, isNarrow: true },
    { key: "fix", head: t("queries.fix"), value: (one) => (one.fixes ?? []).map((fix) => fix.says).join("; "), cell: (one) => <Fixes of={one} isBusy={doing.isBusy} onAccept={(rule) => void accept(one.text, rule)} /> },
  ];
  return (
    <>
      <Choice label={t("queries.show")} value={problem} onValue={setProblem} options={[["all", t("queries.all")], ...PROBLEMS.map((name) => [name, word("problem", name)] as const)]} />
      {doing.error && <Failure error={doing.error} />}
      <Table label={t("nav.queries")} columns={columns} rows={shown} keyOf={(one) => `${one.problem} ${one.text}`} file={`${shop.id}-queries`}
        empty={<Empty says={t("queries.none")} todo={t("queries.noneDo")} />} />
    </>
  );
}

function Fixes({ of, isBusy, onAccept }: { of: Query; isBusy: boolean; onAccept: (rule: string) => void }): JSX.Element {
  const shop = useShop();
  const fixes = of.fixes ?? [];
  if (!fixes.length) return <span class="note">{t("queries.noFix")}</span>;
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
