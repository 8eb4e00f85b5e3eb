import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { number, signed, t } from "../../i18n";
import { download } from "../../lib/download";
import { count, files, fromText, judged, toText, type Judgements } from "../../lib/judgements";
import { judgedAmong, ndcg, type Grade } from "../../lib/ndcg";
import { Confirm } from "../../parts/confirm";
import { useShop } from "../../parts/shop";
import { Section } from "../../parts/state";

/** The judgements of a shop, kept in this browser. */
export function useJudgements(): [Judgements, (query: string, item: string, grade: Grade | null) => void, () => void] {
  const shop = useShop();
  const place = `mercato.judgements.${shop.id}`;
  const [judgements, setJudgements] = useState(() => fromText(localStorage.getItem(place)));
  useEffect(() => localStorage.setItem(place, toText(judgements)), [judgements]);
  const judge = (query: string, item: string, grade: Grade | null) => setJudgements((old) => judged(old, query, item, grade));
  return [judgements, judge, () => setJudgements(new Map())];
}

/** nDCG@10 of a side, and how it differs from the other one's. */
export function Ndcg({ shown, against, grades }: { shown: readonly string[]; against?: readonly string[] | undefined; grades: ReadonlyMap<string, Grade> }): JSX.Element {
  const value = ndcg(shown, grades);
  const other = against ? ndcg(against, grades) : null;
  const first = Math.min(10, shown.length);
  const judgedCount = judgedAmong(shown, grades);
  const gap = value !== null && other !== null ? value - other : null;
  return (
    <dl class="ndcg" title={value === null ? t("bench.ndcgNone") : t("bench.ndcgHint", { judged: judgedCount, shown: first })}>
      <dt>{t("bench.ndcg")}</dt>
      <dd class="value">{number(value, 3)}</dd>
      {gap !== null && <dd class={gap > 0 ? "gap up" : gap < 0 ? "gap down" : "gap"}>{gap === 0 ? "±0" : signed(gap)}</dd>}
      <dd class="note">{t("bench.judged", { judged: judgedCount, shown: first })}</dd>
    </dl>
  );
}

/** What was judged, to be taken along. */
export function Judged({ judgements, onForget }: { judgements: Judgements; onForget: () => void }): JSX.Element | null {
  const [isAsking, setAsking] = useState(false);
  const all = count(judgements);
  if (!all) return null;
  const save = () => {
    const both = files(judgements);
    download("queries.jsonl", both.queries, "application/x-ndjson");
    download("judgements.csv", both.judgements, "text/csv");
  };
  const forget = async () => onForget();
  return (
    <Section title={t("bench.judgements")} lead={t("bench.judgementsLead", { count: all, queries: judgements.size })}>
      <p class="actions left">
        <button type="button" class="main" onClick={save}>{t("bench.export")}</button>
        <button type="button" onClick={() => setAsking(true)}>{t("bench.forget")}</button>
      </p>
      {isAsking && <Confirm asks={t("bench.forgetAsk", { count: all })} does={t("bench.forget")} isGrave work={forget} onDone={() => setAsking(false)} />}
    </Section>
  );
}
