import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked, useDoing } from "../../api/use";
import { number, percent, t, word } from "../../i18n";
import { Choice } from "../../parts/fields";
import { Lines } from "../../parts/plots";
import { notify } from "../../parts/notices";
import { Said } from "../../parts/said";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Failure, Section, Source, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";

type Report = NonNullable<Schemas["QualityAnswer"]["report"]>;
type Finding = Report["findings"][number];
type Count = Report["counts"][number];
const RULES = ["not_a_product", "outlier", "contradiction", "missing", "wrong_category", "duplicate"] as const;
const SHOWN = 500;

/** How far a reading of the whole catalogue is; the page asks again by itself. */
export function Checking({ of }: { of: Schemas["CheckingAnswer"] }): JSX.Element {
  return <p class="note"><progress value={of.done} max={Math.max(of.total, 1)} aria-label={t("quality.checking", of)} /> {t("quality.checking", of)}</p>;
}

/** What is likely wrong with the catalogue, with evidence, and fixes that can be taken back. */
export function Quality(): JSX.Element {
  const shop = useShop();
  const [rule, setRule] = useState<"all" | (typeof RULES)[number]>("all");
  const [isChecking, setChecking] = useState(false);
  const answer = useAsked(`${shop.id} ${rule}`, async (signal) => {
    const told = await api.get<Schemas["QualityAnswer"]>(shop.path("quality"), { rule: rule === "all" ? "" : rule, limit: SHOWN }, signal);
    setChecking(Boolean(told.checking));
    return told;
  }, isChecking ? 2_000 : 0);
  return (
    <>
      <Choice label={t("quality.rule")} value={rule} onValue={setRule} options={[["all", t("history.all")], ...RULES.map((one) => [one, word("rule", one)] as const)]} />
      <Answer of={answer}>{(known) => (
        <>
          {known.checking && <Checking of={known.checking} />}
          {known.report && <Reported report={known.report} onMended={answer.reload} />}
        </>
      )}</Answer>
    </>
  );
}

function Reported({ report, onMended }: { report: Report; onMended: () => void }): JSX.Element {
  const shop = useShop();
  return (
    <>
      <p class="lead">{t("quality.lead", { items: report.items, total: report.total })} <Source route="GET /v1/{shop}/quality" /></p>
      <Findings report={report} onMended={onMended} />
      <div class="columns">
        <Section title={t("quality.byRule")}><Counts counts={report.counts} file={`${shop.id}-quality-counts`} /></Section>
        {report.prices.length > 0 && <Prices report={report} />}
      </div>
    </>
  );
}

function Findings({ report, onMended }: { report: Report; onMended: () => void }): JSX.Element {
  const shop = useShop();
  const doing = useDoing();
  const apply = (one: Finding) => doing.run(async () => {
    const patch = (change: unknown) => api.patch(shop.path("items", one.item), change);
    await patch(one.fix!.patch);
    notify(t("quality.applied", { item: one.item, says: one.fix!.says }), () => patch(one.fix!.undo).then(onMended));
    onMended();
  });
  const columns: Column<Finding>[] = [
    { key: "item", head: t("quality.item"), value: (one) => `${one.title} ${one.item}`, cell: (one) => <a href={shop.to("catalogue", ["item", one.item])}>{one.title || one.item}</a> },
    { key: "rule", head: t("quality.rule"), value: (one) => word("rule", one.rule), cell: (one) => <Tag>{word("rule", one.rule)}</Tag>, isNarrow: true },
    { key: "attribute", head: t("quality.attribute"), value: (one) => one.attribute, cell: (one) => <code>{one.attribute}</code>, isNarrow: true },
    { key: "severity", head: t("quality.severity"), value: (one) => one.severity, cell: (one) => percent(one.severity, 0), isNumber: true },
    { key: "evidence", head: t("quality.evidence"), value: (one) => one.evidence, cell: (one) => <Said text={one.evidence} /> },
    { key: "fix", head: t("quality.fix"), value: (one) => one.fix?.says ?? "", cell: (one) => one.fix && <span class="fix"><span><Said text={one.fix.says} /></span> <button type="button" disabled={doing.isBusy} onClick={() => void apply(one)} aria-label={`${t("quality.apply")}: ${one.fix.says}`}>{t("quality.apply")}</button></span> },
  ];
  const shown = report.findings.length;
  return (
    <>
      {doing.error && <Failure error={doing.error} />}
      {shown < report.total && <p class="note">{t("quality.page", { shown, total: report.total })}</p>}
      <Table label={t("catalogue.quality")} columns={columns} rows={report.findings} keyOf={(one) => `${one.item} ${one.rule} ${one.attribute} ${one.evidence}`} file={`${shop.id}-quality`} page={25}
        empty={<Empty says={t("quality.none")} todo={t("quality.noneDo")} />} />
    </>
  );
}

function Counts({ counts, file }: { counts: readonly Count[]; file: string }): JSX.Element {
  const columns: Column<Count>[] = [
    { key: "rule", head: t("quality.rule"), value: (one) => word("rule", one.rule), isNarrow: true },
    { key: "category", head: t("items.category"), value: (one) => one.category },
    { key: "findings", head: t("quality.findings"), value: (one) => one.findings, isNumber: true },
    { key: "fixable", head: t("quality.fixable"), value: (one) => one.fixable, isNumber: true },
  ];
  return <Table label={t("quality.byRule")} columns={columns} rows={counts} keyOf={(one) => `${one.rule} ${one.category}`} file={file} order={{ key: "findings", isDescending: true }} page={12} empty={<Empty says={t("quality.none")} />} />;
}

function Prices({ report }: { report: Report }): JSX.Element {
  const bins = report.prices;
  const title = t("quality.prices", { currency: report.currency ?? "" });
  const lines = [
    { label: t("quality.item"), values: bins.map((bin) => bin.items), colour: "a" as const, digits: 0, isBars: true },
    { label: t("quality.outOfLine", { count: "" }).trim(), values: bins.map((bin) => bin.out_of_line), colour: "bad" as const, digits: 0, isBars: true },
  ];
  return (
    <Section title={title} lead={t("quality.pricesLead")}>
      <Lines label={title} x={bins.map((_, at) => at)} lines={lines} height={220} xNames={bins.map((bin) => number(bin.from, 0, 2))} />
    </Section>
  );
}
