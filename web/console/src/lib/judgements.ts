import { plainRow } from "./csv";
import type { Grade } from "./ndcg";

/** What people said of results: query → item → grade. */
export type Judgements = ReadonlyMap<string, ReadonlyMap<string, Grade>>;

const NONE: ReadonlyMap<string, Grade> = new Map();

export function of(judgements: Judgements, query: string): ReadonlyMap<string, Grade> {
  return judgements.get(query) ?? NONE;
}

/** The judgements with one more, or with one taken back where `grade` is null. */
export function judged(judgements: Judgements, query: string, item: string, grade: Grade | null): Judgements {
  const grades = new Map(of(judgements, query));
  if (grade === null) grades.delete(item);
  else grades.set(item, grade);
  const all = new Map(judgements);
  if (grades.size) all.set(query, grades);
  else all.delete(query);
  return all;
}

export function count(judgements: Judgements): number {
  return [...judgements.values()].reduce((sum, grades) => sum + grades.size, 0);
}

/** `queries.jsonl` and `judgements.csv`, as `mercato tune search --judgements` and `mercato eval` read them. */
export function files(judgements: Judgements): { queries: string; judgements: string } {
  const queries = [...judgements.keys()];
  const rows = queries.flatMap((query, at) =>
    [...of(judgements, query)].map(([item, grade]) => plainRow([`q${at + 1}`, item, grade])),
  );
  return {
    queries: queries.map((text, at) => JSON.stringify({ id: `q${at + 1}`, text }) + "\n").join(""),
    judgements: plainRow(["query_id", "item_id", "gain"]) + rows.join(""),
  };
}

/** For storage in the browser. */
export function toText(judgements: Judgements): string {
  return JSON.stringify([...judgements].map(([query, grades]) => [query, [...grades]]));
}

/** What [`toText`] wrote; nothing where it is not that. */
export function fromText(text: string | null): Judgements {
  try {
    const all = JSON.parse(text ?? "[]") as [string, [string, Grade][]][];
    return new Map(all.map(([query, grades]) => [query, new Map(grades)]));
  } catch {
    return new Map();
  }
}
