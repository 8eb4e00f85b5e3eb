import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../api/client";
import { useAsked, useDoing } from "../api/use";
import { number, t, word } from "../i18n";
import { Confirm } from "../parts/confirm";
import { DocumentEditor } from "../parts/document";
import { SelectField, TextField } from "../parts/fields";
import { notify } from "../parts/notices";
import { useShop } from "../parts/shop";
import { Answer, Empty, Failure, Head, Section, Tag } from "../parts/state";
import { Table, type Column } from "../parts/table";

type Document = Schemas["Strategies"];
type Known = Document & { in_force?: number | null; versions: Version[] };

/** What the server tells of a learnt policy. */
interface Report {
  method?: string;
  sessions?: number;
  answers?: number;
  may_act?: boolean;
  reason?: string;
  judged?: { brought?: number; would_have_brought?: number; gain?: number; gain_at_least?: number } | null;
}

interface Version {
  version: number;
  in_force: boolean;
  report: Report;
}

const METHODS = ["deep-q", "reinforce"] as const;
const EXAMPLE = { strategies: [{ name: "plain" }, { name: "varied", changes: { diversity: 0.5 } }] } as unknown as Document;

/** Ways to answer, and what was learnt of when to follow which. */
export function Strategies(): JSX.Element {
  const shop = useShop();
  const path = shop.path("strategies");
  const known = useAsked(`${shop.id} strategies`, (signal) => api.get<Known>(path, {}, signal));
  const put = async (before: Document, to: Document) => {
    await api.put(path, to);
    notify(t("strategies.put"), () => api.put(path, before).then(known.reload));
    known.reload();
  };
  return (
    <>
      <Head title={t("nav.strategies")} lead={t("strategies.lead")} />
      <Section title={t("strategies.ways")} lead={t("strategies.waysLead")} route="PUT /v1/{shop}/strategies" aside={<a href={shop.to("experiments", ["new"])}>{t("experiments.new")}</a>}>
        <Answer of={known}>{({ in_force: _, versions: __, ...document }) => <DocumentEditor<Document> key={JSON.stringify(document)} label={t("strategies.ways")} now={document} put={(to) => put(document, to)} example={EXAMPLE} rows={16} />}</Answer>
      </Section>
      <Section title={t("strategies.learnt")} lead={t("strategies.learntLead")} route="GET /v1/{shop}/strategies">
        <Answer of={known}>{(all) => <><Learn onLearnt={known.reload} isThere={all.strategies.length > 1} /><Versions versions={all.versions} onChange={known.reload} /></>}</Answer>
      </Section>
    </>
  );
}

function Learn({ onLearnt, isThere }: { onLearnt: () => void; isThere: boolean }): JSX.Element {
  const shop = useShop();
  const [method, setMethod] = useState<string>(METHODS[0]);
  const [gain, setGain] = useState("");
  const doing = useDoing();
  const learn = (event: Event) => {
    event.preventDefault();
    void doing.run(async () => {
      const made = await api.post<Version>(shop.path("strategies", "train"), { method, ...(gain.trim() ? { gain_min: Number(gain) } : {}) });
      notify(t("strategies.learntNow", { version: made.version }));
      onLearnt();
    });
  };
  return (
    <form onSubmit={learn}>
      <div class="fields">
        <SelectField label={t("strategies.method")} value={method} onValue={setMethod} options={METHODS.map((one) => [one, word("learning", one)] as const)} />
        <TextField label={t("strategies.gainMin")} hint={t("strategies.gainMinHint")} type="number" value={gain} onValue={setGain} error={doing.error?.field === "gain_min" ? doing.error.message : undefined} />
        <button class="main" disabled={doing.isBusy || !isThere}>{t("strategies.learn")}</button>
      </div>
      {doing.error && doing.error.field !== "gain_min" && <Failure error={doing.error} />}
    </form>
  );
}

function Versions({ versions, onChange }: { versions: readonly Version[]; onChange: () => void }): JSX.Element {
  const shop = useShop();
  const [asking, setAsking] = useState<Version | null>(null);
  const act = async (one: Version) => {
    await (one.in_force ? api.post(shop.path("strategies", "withdraw"), {}) : api.post(shop.path("strategies", String(one.version), "promote"), {}));
    notify(t(one.in_force ? "strategies.withdrawn" : "strategies.promoted", { version: one.version }));
    onChange();
  };
  const figure = (key: string, head: string, of: (one: NonNullable<Report["judged"]>) => number | undefined): Column<Version> => ({
    key, head, value: (one) => (one.report.judged && of(one.report.judged)) ?? null, cell: (one) => number(one.report.judged ? of(one.report.judged) : null, 0, 4), isNumber: true,
  });
  const columns: Column<Version>[] = [
    { key: "version", head: t("strategies.version"), value: (one) => one.version, isNumber: true, isNarrow: true },
    { key: "state", head: t("merch.state"), value: (one) => stateOf(one), cell: (one) => <Tag tone={one.in_force ? "good" : one.report.may_act ? "accent" : "warn"}>{stateOf(one)}</Tag>, isNarrow: true },
    { key: "method", head: t("strategies.method"), value: (one) => word("learning", one.report.method) },
    { key: "sessions", head: t("strategies.sessions"), value: (one) => one.report.sessions ?? null, isNumber: true },
    figure("brought", t("strategies.brought"), (one) => one.brought),
    figure("would", t("strategies.would"), (one) => one.would_have_brought),
    figure("least", t("strategies.atLeast"), (one) => one.gain_at_least),
    { key: "reason", head: t("strategies.reason"), value: (one) => one.report.reason ?? "" },
    { key: "do", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => (one.in_force || one.report.may_act) && (
      <button type="button" aria-label={`${doesOf(one)}: ${one.version}`} onClick={() => setAsking(one)}>{doesOf(one)}</button>
    ) },
  ];
  return (
    <>
      <Table label={t("strategies.learnt")} columns={columns} rows={[...versions].reverse()} keyOf={(one) => String(one.version)} file={`${shop.id}-strategies`} empty={<Empty says={t("strategies.none")} todo={t("strategies.noneDo")} />} />
      {asking && <Confirm asks={t(asking.in_force ? "strategies.withdrawAsk" : "strategies.promoteAsk", { version: asking.version })} does={doesOf(asking)} work={() => act(asking)} onDone={() => setAsking(null)} />}
    </>
  );
}

function stateOf(one: Version): string {
  return t(one.in_force ? "strategies.inForce" : one.report.may_act ? "strategies.mayAct" : "strategies.mayNot");
}

function doesOf(one: Version): string {
  return t(one.in_force ? "merch.withdraw" : "settings.put");
}
