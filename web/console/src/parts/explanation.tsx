import type { JSX } from "preact";
import type { Schemas } from "../api/client";
import { number, signed, t, word } from "../i18n";
import { extent, waterfall, type Step, type Waterfall } from "../lib/waterfall";

type Explanation = Schemas["ExplanationAnswer"];

/** From the base to the score, bar by bar: a table whose middle column draws what its numbers say. */
export function WaterfallTable({ explanation }: { explanation: Explanation }): JSX.Element {
  const drawn = waterfall(explanation);
  const range = extent([drawn]);
  return (
    <figure class="waterfall">
      <table>
        <caption>{t("why.waterfall")}</caption>
        <thead><tr><th scope="col">{t("why.step")}</th><th class="chart"><span class="unseen">{t("why.waterfall")}</span></th><th scope="col" class="number">{t("why.adds")}</th><th scope="col" class="number">{t("why.sum")}</th></tr></thead>
        <tbody>{drawn.steps.map((step, at) => <StepRow key={at} step={step} range={range} />)}</tbody>
      </table>
      <figcaption class={drawn.addsUp ? "adds" : "error"}>{sumSays(drawn)}</figcaption>
    </figure>
  );
}

function sumSays(drawn: Waterfall): string {
  if (drawn.addsUp) return t("why.addsUp", { score: number(drawn.score, 4) });
  return t("why.addsNot", { sum: number(drawn.sum, 4), score: number(drawn.score, 4) });
}

function StepRow({ step, range: [low, high] }: { step: Step; range: [number, number] }): JSX.Element {
  const wide = high - low || 1;
  const x = (value: number) => (100 * (value - low)) / wide;
  const by = step.to - step.from;
  const [left, right] = [x(Math.min(step.from, step.to)), x(Math.max(step.from, step.to))];
  const tone = step.kind === "score" || step.kind === "base" ? "whole" : by < 0 ? "less" : "more";
  return (
    <tr class={step.kind}>
      <th scope="row">{stepName(step)}{step.kind === "feature" && step.value !== undefined && <small>{t("why.value", { value: number(step.value, 0, 3) })}</small>}</th>
      <td class="chart"><div><span class={tone} style={{ left: `${left}%`, width: `${Math.max(right - left, 0.4)}%` }} /></div></td>
      <td class="number">{step.kind === "score" ? "" : signed(by, 4)}</td>
      <td class="number">{number(step.to, 4)}</td>
    </tr>
  );
}

function stepName(step: Step): string {
  switch (step.kind) {
    case "base": return t("why.base");
    case "rest": return t("why.rest", { count: step.name });
    case "rule": return t("why.rule", { rule: step.name, factor: number(step.value, 0, 2) });
    case "score": return t("why.score");
    case "feature": return word("feature", step.name) === step.name ? step.name : `${word("feature", step.name)}`;
  }
}

/** All that an explanation says: the waterfall, then how it was found and what the retrieval is made of. */
export function WholeExplanation({ explanation }: { explanation: Explanation }): JSX.Element {
  const { fusion = [], terms = [], boosts = [], vectors = [], value = [], rules = [] } = explanation;
  return (
    <div class="explanation">
      <WaterfallTable explanation={explanation} />
      <div class="details">
        <Fusion parts={fusion} />
        <Words terms={terms} boosts={boosts} />
        <Rows title={t("why.vectors")} heads={[t("why.encoder"), t("why.similarity")]} rows={vectors.map((one) => [one.encoder, number(one.similarity, 4)])} />
        <Rows title={t("why.chances")} heads={[t("why.head"), t("why.probability"), t("why.weight"), t("why.contribution")]}
          rows={value.map((one) => [word("outcome", one.head), number(one.probability, 4), number(one.weight, 0, 3), signed(one.contribution, 4)])} />
        <Rows title={t("why.found")} heads={[t("recommend.source"), t("recommend.because")]}
          rows={explanation.found.map((one) => [t("why.foundAt", { source: one.source, rank: one.rank }), one.because ?? ""])} texts={2} />
        <Rows title={t("why.rulesDid")} heads={[t("synonyms.rule"), t("why.adds")]} rows={rules.map((one) => [one.rule, one.effect])} texts={2} />
      </div>
    </div>
  );
}

function Fusion({ parts }: { parts: readonly Schemas["FusionAnswer"][] }): JSX.Element | null {
  if (!parts.length) return null;
  const rows = parts.map((one) => [word("retriever", one.retriever), number(one.weight, 3), number(one.normalised, 3), signed(one.contribution, 4)]);
  const total = parts.reduce((sum, one) => sum + one.contribution, 0);
  const heads = [t("why.retriever"), t("why.weight"), t("why.normalised"), t("why.contribution")];
  return <Rows title={t("why.fusion")} lead={t("why.fusionLead")} heads={heads} rows={[...rows, [t("why.total"), "", "", number(total, 4)]]} hasTotal />;
}

function Words({ terms, boosts }: { terms: readonly Schemas["TermAnswer"][]; boosts: readonly Schemas["BoostAnswer"][] }): JSX.Element {
  const rows = [
    ...terms.map((one) => [one.term, one.field, signed(one.score, 3)]),
    ...boosts.map((one) => [`${word("boost", one.kind)}: ${one.text}`, one.field, signed(one.score, 3)]),
  ];
  return <Rows title={t("why.words")} heads={[t("why.term"), t("why.field"), t("why.adds")]} rows={rows} texts={2} />;
}

/** A small table inside an explanation; nothing where there are no rows. */
function Rows(props: { title: string; lead?: string; heads: string[]; rows: string[][]; hasTotal?: boolean; /** Columns of words, before those of numbers. */ texts?: number }): JSX.Element | null {
  if (!props.rows.length) return null;
  const numeric = (at: number) => (at < (props.texts ?? 1) ? "" : "number");
  return (
    <table class={props.hasTotal ? "small total" : "small"}>
      <caption>{props.title}{props.lead && <small>{props.lead}</small>}</caption>
      <thead><tr>{props.heads.map((head, at) => <th key={at} scope="col" class={numeric(at)}>{head}</th>)}</tr></thead>
      <tbody>{props.rows.map((row, at) => <tr key={at}>{row.map((cell, column) => <td key={column} class={numeric(column)}>{cell}</td>)}</tr>)}</tbody>
    </table>
  );
}
