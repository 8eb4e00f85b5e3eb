import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Schemas } from "../../api/client";
import { money, number, t } from "../../i18n";
import { titleOf, type ItemDocument } from "../../lib/item";
import { GRADES, type Grade } from "../../lib/ndcg";
import { Title } from "../../parts/marked";

type Result = Schemas["SlateItemAnswer"];
const WORDS = ["bench.grade0", "bench.grade1", "bench.grade2", "bench.grade3"] as const;

interface Props {
  side: string;
  other: string;
  results: readonly Result[];
  /** Places of the other side's results, from 1. */
  others: ReadonlyMap<string, number>;
  grades: ReadonlyMap<string, Grade>;
  onGrade: (item: string, grade: Grade | null) => void;
  onExplain: (item: string) => void;
  onOtherSide: (place: number) => void;
}

/** The results of a side. One of them has the focus; arrows move it, digits judge it, Enter explains it. */
export function Results(props: Props): JSX.Element {
  const list = useRef<HTMLOListElement>(null);
  const most = Math.max(...props.results.map((one) => one.score), Number.MIN_VALUE);
  const press = (event: KeyboardEvent, at: number) => {
    const result = props.results[at];
    if (!result || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = list.current?.children;
    const focus = (to: number) => (row?.[to] as HTMLElement | undefined)?.focus();
    const grade = GRADES.find((one) => String(one) === event.key);
    if (grade !== undefined) {
      props.onGrade(result.id, grade);
      focus(at + 1 < props.results.length ? at + 1 : at);
    } else if (event.key === "ArrowDown") focus(at + 1);
    else if (event.key === "ArrowUp") focus(at - 1);
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") props.onOtherSide(at);
    else if (event.key === "Backspace" || event.key === "Delete") props.onGrade(result.id, null);
    else if (event.key === "Enter" && event.target === event.currentTarget) props.onExplain(result.id);
    else return;
    event.preventDefault();
  };
  return (
    <ol class="results" ref={list} aria-label={t("bench.results", { side: props.side })} data-side={props.side}>
      {props.results.map((result, at) => (
        <li key={result.id} tabIndex={0} data-id={result.id} onKeyDown={(event) => press(event, at)}>
          <span class="place">{at + 1}</span>
          <div class="what">
            <p class="title"><Title result={result} /></p>
            <p class="facts"><Facts item={result.item} /><Moved to={at + 1} from={props.others.get(result.id)} other={props.other} /></p>
          </div>
          <button type="button" class="score" onClick={() => props.onExplain(result.id)} aria-label={`${number(result.score, 3)}: ${t("why.title", { title: titleOf(result.item) })}`}>
            <span>{number(result.score, 3)}</span>
            <span class="meter" aria-hidden="true"><span style={{ width: `${Math.max(0, (100 * result.score) / most)}%` }} /></span>
          </button>
          <Grades item={result.id} grade={props.grades.get(result.id)} onGrade={(grade) => props.onGrade(result.id, grade)} />
        </li>
      ))}
    </ol>
  );
}

function Facts({ item }: { item: Schemas["Item"] }): JSX.Element {
  const { brand, price } = item as unknown as ItemDocument;
  return <>{brand && <span>{brand}</span>}{price && <span class="money">{money(price)}</span>}</>;
}

/** Where the other side has it. */
function Moved({ to, from, other }: { to: number; from: number | undefined; other: string }): JSX.Element {
  if (from === undefined) return <span class="moved only" title={t("bench.only", { side: other })}>◦<span class="unseen">{t("bench.only", { side: other })}</span></span>;
  if (from === to) return <span class="moved" title={t("bench.same", { side: other })}>=<span class="unseen">{t("bench.same", { side: other })}</span></span>;
  const places = Math.abs(from - to);
  const says = t(from > to ? "bench.up" : "bench.down", { places, side: other });
  return <span class={from > to ? "moved up" : "moved down"} title={says}><span aria-hidden="true">{from > to ? "▲" : "▼"}{places}</span><span class="unseen">{says}</span></span>;
}

function Grades({ item, grade, onGrade }: { item: string; grade: Grade | undefined; onGrade: (grade: Grade | null) => void }): JSX.Element {
  return (
    <span class="grades" role="group" aria-label={`${t("bench.judgement")} ${item}`}>
      {GRADES.map((one) => (
        <button key={one} type="button" tabIndex={-1} class={`grade g${one}`} aria-pressed={grade === one} aria-label={t("bench.judge", { grade: t(WORDS[one]) })} title={t(WORDS[one])} onClick={() => onGrade(grade === one ? null : one)}>{one}</button>
      ))}
    </span>
  );
}
