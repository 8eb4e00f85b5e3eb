import type { JSX } from "preact";
import type { Schemas } from "../../api/client";
import { number, percent, signed, t, word } from "../../i18n";
import { Interval, reach } from "../../parts/plots";
import { useShop } from "../../parts/shop";
import { Tag } from "../../parts/state";
import { Table, type Column } from "../../parts/table";

export type ReportAnswer = Schemas["ExperimentReportAnswer"];
type Metric = ReportAnswer["metrics"][number];
type Guardrail = ReportAnswer["guardrails"][number];

/** Below this chance of such numbers of visitors, nothing is to be trusted. */
const MISMATCH = 0.001;

/** What came of an experiment so far: the verdict, the visitors, each metric with its intervals, guardrails, parts. */
export function Report({ of }: { of: ReportAnswer }): JSX.Element {
  const tone = of.verdict === "better" ? "good" : of.verdict === "worse" || of.verdict === "mismatch" ? "bad" : "plain";
  return (
    <>
      <p class={`verdict ${tone}`}>{word("verdict", of.verdict)} {of.verdict_arm && <code>{of.verdict_arm}</code>}</p>
      <dl class="figures less">{of.arms.map((arm) => <div key={arm.name}><dt>{arm.name}</dt><dd>{number(arm.visitors)}<small>{arm.removed ? t("experiments.removed") : t("experiments.visitors", { visitors: "" }).trim()}</small></dd></div>)}</dl>
      {of.mismatch_p_value !== null && of.mismatch_p_value !== undefined && <p class={of.mismatch_p_value < MISMATCH ? "note warn" : "note"}>{t("experiments.mismatch", { p: p(of.mismatch_p_value) })}</p>}
      {of.sampled < 1 && <p class="note">{t("experiments.sampled", { share: percent(of.sampled) })}</p>}
      {of.preference && <Preferred of={of.preference} />}
      {of.metrics.map((metric, at) => <MetricTable key={metric.name} metric={metric} isDeciding={at === 0} />)}
      <Guardrails of={of.guardrails} />
      <Segments of={of.segments} isGood={of.metrics[0]?.higher_is_better ?? true} />
      <LeftOut of={of.left_out} />
    </>
  );
}

/** Whose results are clicked, where both arms share every answer. */
function Preferred({ of }: { of: NonNullable<ReportAnswer["preference"]> }): JSX.Element {
  return (
    <p>
      {t("experiments.preference", { first: of.first, second: of.second, ties: of.ties })}{" "}
      <span class="note">{t("experiments.credit", { value: signed(of.credit.value, 4), low: signed(of.credit.low, 4), high: signed(of.credit.high, 4), p: p(of.p_value) })}</span>
    </p>
  );
}

function p(value: number): string {
  return value < 1e-4 ? "< 0.0001" : number(value, 4);
}

function MetricTable({ metric, isDeciding }: { metric: Metric; isDeciding: boolean }): JSX.Element {
  const scale = reach(metric.comparisons.flatMap(({ measured }) => [measured?.difference, measured?.always_valid?.difference]));
  return (
    <figure class={isDeciding ? "metric deciding" : "metric"}>
      <figcaption><strong>{word("metric", metric.name)}</strong> <span class="note">{metric.description}</span></figcaption>
      <div class="scroll" tabIndex={0} role="region" aria-label={word("metric", metric.name)}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("experiments.inArm")}</th><th scope="col" class="number">{t("experiments.inControl")}</th><th scope="col" class="number">{t("experiments.inArm")}</th>
              <th scope="col" class="number">{t("experiments.difference")}</th><th scope="col" class="drawn">{t("experiments.interval")}</th>
              <th scope="col" class="number">{t("experiments.p")}</th><th scope="col" class="number">{t("experiments.pAny")}</th><th scope="col" class="number">{t("experiments.best")}</th>
            </tr>
          </thead>
          <tbody>{metric.comparisons.map((one) => <ComparisonRow key={one.arm} of={one} scale={scale} isGood={metric.higher_is_better} />)}</tbody>
        </table>
      </div>
    </figure>
  );
}

function ComparisonRow({ of: { arm, measured, fault }, scale, isGood }: { of: Metric["comparisons"][number]; scale: number; isGood: boolean }): JSX.Element {
  if (!measured) return <tr><th scope="row">{arm}</th><td colSpan={7} class="note">{t("experiments.fault", { why: fault ?? "" })}</td></tr>;
  const { difference, lift, always_valid: any } = measured;
  return (
    <tr>
      <th scope="row">{arm}</th>
      <td class="number">{number(measured.control, 4)}</td>
      <td class="number">{number(measured.treatment, 4)}</td>
      <td class="number">{signed(difference.value, 4)}{lift && <small>{lift.value > 0 ? "+" : ""}{percent(lift.value)}</small>}</td>
      <td class="drawn"><Interval thick={difference} thin={any?.difference} scale={scale} isGood={isGood} /></td>
      <td class="number">{p(measured.p_value_holm)}</td>
      <td class="number">{any ? p(any.p_value) : "–"}</td>
      <td class="number">{percent(measured.chance_to_be_best, 0)}</td>
    </tr>
  );
}

function Guardrails({ of }: { of: readonly Guardrail[] }): JSX.Element | null {
  const shop = useShop();
  const columns: Column<Guardrail>[] = [
    { key: "metric", head: t("experiments.metric"), value: (one) => word("metric", one.metric) },
    { key: "arm", head: t("experiments.inArm"), value: (one) => one.arm },
    { key: "tolerated", head: t("experiments.tolerated"), value: (one) => one.tolerated, cell: (one) => percent(one.tolerated), isNumber: true },
    { key: "worse", head: t("experiments.worse"), value: (one) => one.worse_by ?? null, cell: (one) => number(one.worse_by, 4), isNumber: true },
    { key: "least", head: t("experiments.atLeast"), value: (one) => one.worse_by_at_least ?? null, cell: (one) => number(one.worse_by_at_least, 4), isNumber: true },
    { key: "state", head: t("experiments.status"), value: (one) => one.fault ?? t(one.harmful ? "experiments.harmful" : "experiments.harmless"), cell: (one) => (one.fault ? <span class="note">{one.fault}</span> : <Tag tone={one.harmful ? "bad" : "good"}>{t(one.harmful ? "experiments.harmful" : "experiments.harmless")}</Tag>) },
  ];
  if (!of.length) return null;
  return <><h3>{t("experiments.guardrails")}</h3><Table label={t("experiments.guardrails")} columns={columns} rows={of} keyOf={(one) => `${one.metric} ${one.arm}`} file={`${shop.id}-guardrails`} empty={null} /></>;
}

function Segments({ of, isGood }: { of: ReportAnswer["segments"]; isGood: boolean }): JSX.Element | null {
  const shown = of.filter((one) => one.parts.length);
  if (!shown.length) return null;
  const scale = reach(shown.flatMap((one) => one.parts.map((part) => part.difference)));
  return (
    <>
      <h3>{t("experiments.segments")}</h3>
      <table class="small">
        <tbody>
          {shown.flatMap((one) => one.parts.map((part) => (
            <tr key={`${one.by} ${one.arm} ${part.name}`}>
              <td>{word("by", one.by)}</td><td>{one.arm}</td><th scope="row">{part.name}</th>
              <td class="number">{signed(part.difference.value, 4)}</td><td class="drawn"><Interval thick={part.difference} scale={scale} isGood={isGood} /></td><td class="number">p {p(part.p_value)}</td>
            </tr>
          )))}
        </tbody>
      </table>
    </>
  );
}

function LeftOut({ of }: { of: ReportAnswer["left_out"] }): JSX.Element | null {
  const some = Object.entries(of).filter(([, count]) => count > 0);
  if (!some.length) return null;
  return <p class="note">{t("experiments.leftOut")}: {some.map(([name, count]) => `${word("left", name)} ${number(count)}`).join(", ")}</p>;
}
