import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type Schemas } from "../../api/client";
import { useAsked } from "../../api/use";
import { money, number, t, time, type Key } from "../../i18n";
import { download } from "../../lib/download";
import { csv } from "../../lib/csv";
import { range, SPANS, steps, totals, type SeriesPoint, type Span, type Step } from "../../lib/series";
import { Choice } from "../../parts/fields";
import { Lines, type Line } from "../../parts/plots";
import { useShop } from "../../parts/shop";
import { Answer, Empty, Section } from "../../parts/state";

const EVERY_MS = 60_000;
const SPAN_NAMES: Record<Span, Key> = { day: "traffic.day", week: "traffic.week", month: "traffic.month", quarter: "traffic.quarter" };
const STEP_NAMES: Record<Step, Key> = { hour: "traffic.byHour", day: "traffic.byDay" };

/** What came of searches and recommendations over time. */
export function TrafficOverTime(): JSX.Element {
  const shop = useShop();
  const [span, setSpan] = useState<Span>("week");
  const [wanted, setStep] = useState<Step>("hour");
  const step = steps(span).includes(wanted) ? wanted : steps(span)[0]!;
  const series = useAsked(`${shop.id} series ${span} ${step}`, (signal) => api.get<Schemas["SeriesAnswer"]>(shop.path("series"), { ...range(span, step, Date.now()), step }, signal), EVERY_MS);
  return (
    <Section title={t("traffic.title")} lead={t("traffic.lead")} route="GET /v1/{shop}/series">
      <div class="choices">
        <Choice label={t("traffic.span")} value={span} onValue={setSpan} options={(Object.keys(SPANS) as Span[]).map((one) => [one, t(SPAN_NAMES[one])] as const)} />
        {steps(span).length > 1 && <Choice label={t("traffic.step")} value={step} onValue={setStep} options={steps(span).map((one) => [one, t(STEP_NAMES[one])] as const)} />}
      </div>
      <Answer of={series} lines={6}>{(known) => (known.points.length ? <Known points={known.points} currency={known.currency ?? null} file={`${shop.id}-${span}-by-${step}`} /> : <Empty says={t("traffic.none")} todo={t("overview.noTrafficDo")} />)}</Answer>
    </Section>
  );
}

interface Plot {
  title: Key;
  /** How it is reckoned. */
  how: Key;
  lines: (Omit<Line, "values" | "label"> & { label: Key; of: (point: SeriesPoint) => number | null | undefined })[];
}

const PLOTS: readonly Plot[] = [
  { title: "traffic.searches", how: "traffic.searchesHow", lines: [
    { label: "traffic.searches", colour: "a", of: (one) => one.searches, digits: 0 }, { label: "traffic.empty", colour: "bad", of: (one) => one.searches_empty, digits: 0 }, { label: "traffic.recommendations", colour: "b", of: (one) => one.recommendations, digits: 0 }] },
  { title: "traffic.clickThrough", how: "traffic.clickThroughHow", lines: [{ label: "traffic.clickThroughLine", colour: "a", of: (one) => inPercent(one.click_through), digits: 1 }] },
  { title: "traffic.conversion", how: "traffic.conversionHow", lines: [{ label: "traffic.conversionLine", colour: "good", of: (one) => inPercent(one.conversion), digits: 2 }] },
  { title: "traffic.revenue", how: "traffic.revenueHow", lines: [{ label: "traffic.revenue", colour: "good", of: (one) => one.revenue, digits: 2 }] },
  { title: "traffic.latency", how: "traffic.latencyHow", lines: [{ label: "traffic.p50", colour: "a", of: (one) => one.took_p50_ms, digits: 1 }, { label: "traffic.p99", colour: "b", of: (one) => one.took_p99_ms, digits: 1 }] },
  { title: "traffic.errors", how: "traffic.errorsHow", lines: [
    { label: "traffic.failed", colour: "bad", of: (one) => one.failed, digits: 0 }, { label: "traffic.refused", colour: "a", of: (one) => one.refused, digits: 0 }, { label: "traffic.degraded", colour: "b", of: (one) => one.degraded, digits: 0 }] },
];

function inPercent(share: number | null | undefined): number | null {
  return share === null || share === undefined ? null : share * 100;
}

function Known({ points, currency, file }: { points: readonly SeriesPoint[]; currency: string | null; file: string }): JSX.Element {
  const x = points.map((one) => one.time_ms / 1000);
  const save = () => {
    const names = PLOTS.flatMap((plot) => plot.lines);
    const rows = points.map((one) => [new Date(one.time_ms).toISOString(), ...names.map((line) => line.of(one) ?? null)]);
    download(`${file}.csv`, csv([t("event.time"), ...names.map((line) => t(line.label))], rows), "text/csv");
  };
  return (
    <>
      <Sums points={points} currency={currency} />
      <div class="plots">
        {PLOTS.map((plot) => (
          <figure key={plot.title}>
            <figcaption><h3>{t(plot.title)}</h3><small>{t(plot.how)}</small></figcaption>
            <Lines label={t(plot.title)} x={x} isTime height={150} lines={plot.lines.map(({ label, of, ...line }) => ({ ...line, label: t(label), values: points.map((one) => of(one) ?? null) }))} />
          </figure>
        ))}
      </div>
      <p class="actions left"><button type="button" class="link" onClick={save}>{t("table.export")}</button><span class="note">{t("traffic.until", { time: time(points.at(-1)!.time_ms) })}</span></p>
    </>
  );
}

/** The whole span in figures, each with the way to what lies behind it. */
function Sums({ points, currency }: { points: readonly SeriesPoint[]; currency: string | null }): JSX.Element {
  const shop = useShop();
  const all = totals(points);
  const figures: [label: Key, value: string, note: string, href: string | null][] = [
    ["traffic.searches", number(all.searches), t("traffic.emptyOf", { count: all.searches_empty }), shop.to("queries", [], { by: "found-nothing" })],
    ["traffic.clicks", number(all.clicks), t("traffic.carts", { count: all.carts }), shop.to("live")],
    ["traffic.purchases", number(all.purchases), "", shop.to("live")],
    ["traffic.errors", number(all.failed), t("traffic.refusedOf", { count: all.refused }), null],
    ["traffic.revenue", currency ? money({ amount: all.revenue, currency }) : number(all.revenue), "", null],
  ];
  return (
    <dl class="figures less">
      {figures.map(([label, value, note, href]) => <div key={label}><dt>{href ? <a href={href}>{t(label)}</a> : t(label)}</dt><dd>{value}{note && <small>{note}</small>}</dd></div>)}
    </dl>
  );
}
