import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useAsked } from "../../api/use";
import { bytes, number, signed, t, time, word } from "../../i18n";
import type { Comparison } from "../../lib/report";
import { Confirm } from "../../parts/confirm";
import { notify } from "../../parts/notices";
import { Interval, reach } from "../../parts/plots";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Section, Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";
import type { Kind, Registry, Version } from "./registry";
import { Report } from "./report";
import { Training } from "./training";

/** The kinds of a registry, each with its versions and its training. */
export function Kinds({ registry }: { registry: Registry }): JSX.Element {
  const shop = useShop();
  const asked = useAsked(`${shop.id} ${registry.name}`, registry.list);
  return (
    <>
      <p class="lead">{t(registry.lead)}</p>
      <Answer of={asked}>{(known) => known.map((kind) => <KindSection key={kind.kind} registry={registry} kind={kind} onChange={asked.reload} />)}</Answer>
      {asked.data && <Training registry={registry} kinds={asked.data.map((one) => one.kind)} onDone={asked.reload} />}
    </>
  );
}

/** What is asked for before it is done. */
type Asking = { does: "promote"; version: number } | { does: "rollBack" };

function KindSection({ registry, kind, onChange }: { registry: Registry; kind: Kind; onChange: () => void }): JSX.Element {
  const [chosen, setChosen] = useState<number | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const name = word(registry.words, kind.kind);
  const serves = kind.inForce === null ? t(registry.without) : t("models.serves", { version: kind.inForce });
  const done = () => {
    setAsking(null);
    onChange();
  };
  return (
    <Section title={name} route={registry.route} aside={kind.inForce !== null && <button type="button" onClick={() => setAsking({ does: "rollBack" })}>{t("models.rollBack")}</button>}>
      <p class="lead">{serves}</p>
      {kind.degraded && <p class="note warn">{t("models.degraded", { why: kind.degraded })}</p>}
      <Versions registry={registry} kind={kind} chosen={chosen} onChoose={(version) => setChosen(version === chosen ? null : version)} onPromote={(version) => setAsking({ does: "promote", version })} />
      {chosen !== null && <Report registry={registry} kind={kind.kind} version={chosen} />}
      {asking?.does === "promote" && (
        <Confirm asks={t("models.promoteAsk", { version: asking.version, kind: name })} does={t("models.promote")} onDone={done}
          work={async () => { await registry.promote(kind.kind, asking.version); notify(t("models.promoted", { version: asking.version, kind: name }), () => registry.rollBack(kind.kind).then(onChange)); }} />
      )}
      {asking?.does === "rollBack" && (
        <Confirm asks={t("models.rollBackAsk", { kind: name })} does={t("models.rollBack")} onDone={done}
          work={async () => { const { in_force: now } = await registry.rollBack(kind.kind); notify(t("models.rolledBack", { serves: now ? t("models.serves", { version: now }) : t(registry.without) })); }} />
      )}
    </Section>
  );
}

interface VersionsProps {
  registry: Registry;
  kind: Kind;
  chosen: number | null;
  onChoose: (version: number) => void;
  onPromote: (version: number) => void;
}

function Versions({ registry, kind, chosen, onChoose, onPromote }: VersionsProps): JSX.Element {
  const shop = useShop();
  const scale = reach(kind.versions.map((one) => bandOf(one.report.comparison)));
  const columns: Column<Version>[] = [
    { key: "version", head: t("models.version"), value: (one) => one.version, isNumber: true, isNarrow: true },
    { key: "state", head: t("models.state"), value: (one) => t(one.version === kind.inForce ? "models.inForce" : "models.kept"), cell: (one) => (one.version === kind.inForce ? <Tag tone="good">{t("models.inForce")}</Tag> : <span class="note">{t("models.kept")}</span>), isNarrow: true },
    { key: "way", head: t(registry.name === "rankers" ? "models.way" : "models.method"), value: (one) => one.report.way },
    { key: "verdict", head: t("models.verdict"), value: (one) => word("judged", one.report.verdict), cell: (one) => one.report.verdict && <Tag tone={one.report.verdict === "better" ? "good" : one.report.verdict === "worse" ? "bad" : "plain"}>{word("judged", one.report.verdict)}</Tag>, isNarrow: true },
    { key: "before", head: t("models.before"), hint: "nDCG@10", value: (one) => one.report.comparison?.before, cell: (one) => number(one.report.comparison?.before, 4), isNumber: true },
    { key: "after", head: t("models.after"), hint: "nDCG@10", value: (one) => one.report.comparison?.after, cell: (one) => number(one.report.comparison?.after, 4), isNumber: true },
    { key: "difference", head: t("models.difference"), value: (one) => one.report.comparison?.difference, cell: (one) => <Difference of={one.report.comparison} scale={scale} /> },
    { key: "made", head: t("models.made"), value: (one) => one.madeMs, cell: (one) => time(one.madeMs), isNarrow: true },
    { key: "bytes", head: t("models.size"), value: (one) => one.bytes, cell: (one) => bytes(one.bytes), isNumber: true },
    { key: "promote", head: "", value: () => "", isAction: true, isNarrow: true, cell: (one) => one.version !== kind.inForce && <button type="button" onClick={() => onPromote(one.version)} aria-label={`${t("models.promote")}: ${one.version}`}>{t("models.promote")}</button> },
  ];
  return <Table label={`${t("nav.models")}: ${word(registry.words, kind.kind)}`} columns={columns} rows={kind.versions} keyOf={(one) => String(one.version)} file={`${shop.id}-${kind.kind}-versions`} onOpen={(one) => onChoose(one.version)}
    isChosen={(one) => one.version === chosen} empty={<Empty says={t("models.none")} todo={t("models.noneDo")} />} />;
}

export function bandOf(of: Comparison | null): { value: number; low: number; high: number } | undefined {
  return of ? { value: of.difference, low: of.interval[0], high: of.interval[1] } : undefined;
}

/** A difference with its interval, in figures and drawn. */
export function Difference({ of, scale }: { of: Comparison | null; scale: number }): JSX.Element {
  const band = bandOf(of);
  if (!band) return <span class="note">–</span>;
  return (
    <span class="difference">
      <Interval thick={band} scale={scale} isGood />
      <span class="figure">{signed(band.value, 4)} <small>({signed(band.low, 4)} … {signed(band.high, 4)})</small></span>
    </span>
  );
}
