import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Api, type Schemas } from "../api/client";
import { useAsked, useDoing, type Asked } from "../api/use";
import { percent, t, word } from "../i18n";
import type { Place } from "../lib/place";
import { TextField } from "../parts/fields";
import { notify } from "../parts/notices";
import { Said } from "../parts/said";
import { useShop, type ShopHere } from "../parts/shop";
import { Answer, Empty, Failure, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";

type Rules = Schemas["SynonymsBody"];
type Proposals = Schemas["ProposalsAnswer"];
type Proposal = Schemas["SynonymProposalAnswer"];

/** Puts one more rule in force; answers with what takes it back. */
export async function addRule(shop: ShopHere, rule: string, via: Api = api): Promise<() => Promise<unknown>> {
  const before = await via.get<Rules>(shop.path("synonyms"));
  await via.put<Rules>(shop.path("synonyms"), { rules: [...before.rules, rule] });
  return () => via.put(shop.path("synonyms"), before);
}

export function Synonyms({ place }: { place: Place }): JSX.Element {
  const shop = useShop();
  const rules = useAsked(`${shop.id} synonyms`, (signal) => api.get<Rules>(shop.path("synonyms"), {}, signal));
  const proposals = useAsked(`${shop.id} proposals`, (signal) => api.get<Proposals>(shop.path("synonyms", "proposals"), { limit: 500 }, signal));
  const reload = () => {
    rules.reload();
    proposals.reload();
  };
  return (
    <>
      <Head title={t("nav.synonyms")} lead={t("synonyms.lead")} />
      <Section title={t("synonyms.rules")} route="GET /v1/{shop}/synonyms">
        <NewRule begin={place.query["rule"] ?? ""} onDone={reload} />
        <Answer of={rules}>{(known) => <InForce rules={known.rules} onDone={reload} />}</Answer>
      </Section>
      <Section title={t("synonyms.proposals")} lead={t("synonyms.proposalsLead")} route="GET /v1/{shop}/synonyms/proposals">
        <Proposed of={proposals} onDone={reload} />
      </Section>
    </>
  );
}

function NewRule({ begin, onDone }: { begin: string; onDone: () => void }): JSX.Element {
  const shop = useShop();
  const [rule, setRule] = useState(begin);
  const doing = useDoing();
  const add = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      const undo = await addRule(shop, rule.trim());
      notify(t("synonyms.added", { rule: rule.trim() }), () => undo().then(onDone));
      setRule("");
      onDone();
    });
  };
  const wrong = doing.error?.field.startsWith("rules") ? doing.error.message : undefined;
  return (
    <form class="row" onSubmit={add}>
      <TextField label={t("synonyms.new")} hint={t("synonyms.newHint")} value={rule} onValue={(text) => { setRule(text); doing.clear(); }} error={wrong} isWide isCode />
      <button class="main" disabled={doing.isBusy || !rule.trim()}>{t("do.add")}</button>
      {doing.error && !wrong && <Failure error={doing.error} />}
    </form>
  );
}

function InForce({ rules, onDone }: { rules: readonly string[]; onDone: () => void }): JSX.Element {
  const shop = useShop();
  const doing = useDoing();
  const put = (to: readonly string[]) => api.put(shop.path("synonyms"), { rules: to });
  const remove = (rule: string) => doing.run(async () => {
    await put(rules.filter((one) => one !== rule));
    notify(t("synonyms.removed", { rule }), () => put(rules).then(onDone));
    onDone();
  });
  const columns: Column<string>[] = [
    { key: "rule", head: t("synonyms.rule"), value: (rule) => rule },
    { key: "kind", head: t("synonyms.kind"), value: (rule) => (rule.includes("=>") ? t("synonyms.one") : t("synonyms.both")), isNarrow: true },
    { key: "remove", head: "", value: () => "", isAction: true, isNarrow: true, cell: (rule) => <button type="button" disabled={doing.isBusy} onClick={() => void remove(rule)} aria-label={`${t("do.remove")}: ${rule}`}>{t("do.remove")}</button> },
  ];
  return (
    <>
      {doing.error && <Failure error={doing.error} />}
      <Table label={t("synonyms.rules")} columns={columns} rows={rules} keyOf={(rule) => rule} file={`${shop.id}-synonyms`} empty={<Empty says={t("synonyms.none")} todo={t("synonyms.noneDo")} />} />
    </>
  );
}

function Proposed({ of, onDone }: { of: Asked<Proposals>; onDone: () => void }): JSX.Element {
  const shop = useShop();
  const doing = useDoing();
  const decide = (decision: { accept?: string[]; reject?: string[]; restore?: string[] }, says: string, undo?: () => Promise<unknown>) => doing.run(async () => {
    await api.post(shop.path("synonyms", "proposals"), decision);
    if (says) notify(says, undo);
    onDone();
  });
  const accept = async (one: Proposal) => {
    const before = await api.get<Rules>(shop.path("synonyms")).catch(() => null);
    const undo = before ? () => api.put(shop.path("synonyms"), before).then(onDone) : undefined;
    await decide({ accept: [one.id] }, t("synonyms.added", { rule: one.rule }), undo);
  };
  const reject = (one: Proposal) => decide({ reject: [one.id] }, t("synonyms.saidNo", { from: one.from, to: one.to }), () =>
    api.post(shop.path("synonyms", "proposals"), { restore: [one.id] }).then(onDone));
  const columns: Column<Proposal>[] = [
    { key: "from", head: t("synonyms.from"), value: (one) => one.from },
    { key: "to", head: t("synonyms.to"), value: (one) => one.to },
    { key: "score", head: t("synonyms.score"), value: (one) => one.score, cell: (one) => percent(one.score, 0), isNumber: true },
    { key: "evidence", head: t("synonyms.evidence"), value: (one) => one.evidence.map((part) => part.says).join("; "), cell: (one) => <Evidence of={one} /> },
    { key: "decide", head: t("synonyms.decision"), value: () => "", isAction: true, isNarrow: true, cell: (one) => (
      <span class="buttons">
        <button type="button" class="main" disabled={doing.isBusy} onClick={() => void accept(one)}>{t("synonyms.accept")}</button>
        <button type="button" disabled={doing.isBusy} onClick={() => void reject(one)}>{t("synonyms.reject")}</button>
      </span>
    ) },
  ];
  const press = (key: string, one: Proposal) => {
    if (doing.isBusy) return;
    if (key === "a") void accept(one);
    if (key === "r") void reject(one);
  };
  return (
    <Answer of={of}>
      {(known) => (
        <>
          {doing.error && <Failure error={doing.error} />}
          <Table label={t("synonyms.proposals")} columns={columns} rows={known.proposals} keyOf={(one) => one.id} file={`${shop.id}-proposed-synonyms`}
            onKey={press} empty={<Empty says={t("synonyms.noProposals")} todo={t("synonyms.noProposalsDo")} />} />
          {known.rejected.length > 0 && <Rejected of={known.rejected} onRestore={(id) => void decide({ restore: [id] }, "")} />}
        </>
      )}
    </Answer>
  );
}

function Evidence({ of }: { of: Proposal }): JSX.Element {
  return <ul class="plain">{of.evidence.map((part, at) => <li key={at}><Tag>{word("evidence", part.kind)}</Tag> <Said text={part.says} /></li>)}</ul>;
}

function Rejected({ of, onRestore }: { of: Proposals["rejected"]; onRestore: (id: string) => void }): JSX.Element {
  const shop = useShop();
  const columns: Column<Proposals["rejected"][number]>[] = [
    { key: "from", head: t("synonyms.from"), value: (one) => one.from },
    { key: "to", head: t("synonyms.to"), value: (one) => one.to },
    { key: "restore", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => <button type="button" onClick={() => onRestore(one.id)}>{t("synonyms.restore")}</button> },
  ];
  return (
    <details>
      <summary>{t("synonyms.rejected")} ({of.length})</summary>
      <Table label={t("synonyms.rejected")} columns={columns} rows={of} keyOf={(one) => one.id} file={`${shop.id}-rejected-synonyms`} empty={null} />
    </details>
  );
}
