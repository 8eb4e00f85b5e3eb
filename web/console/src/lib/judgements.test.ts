import { expect, test } from "vitest";
import { count, files, fromText, judged, of, toText, type Judgements } from "./judgements";

const some = (): Judgements => [["红裙", "裙-1", 3], ["红裙", "a,b", 0], ['14" bag', "bag", 2]].reduce((all, [query, item, grade]) => judged(all, query as string, item as string, grade as 0), new Map() as Judgements);

test("both files name each other's queries", () => {
  expect(files(some())).toEqual({
    queries: '{"id":"q1","text":"红裙"}\n{"id":"q2","text":"14\\" bag"}\n',
    judgements: 'query_id,item_id,gain\nq1,裙-1,3\nq1,"a,b",0\nq2,bag,2\n',
  });
});

test("a judgement is changed and taken back, and a query without any is gone", () => {
  let all = judged(some(), "红裙", "裙-1", 1);
  expect(of(all, "红裙").get("裙-1")).toBe(1);
  all = judged(all, '14" bag', "bag", null);
  expect([count(all), all.size]).toEqual([2, 1]);
  expect(of(all, "unknown").size).toBe(0);
});

test("what was stored is read back, and what is none of it is nothing", () => {
  expect(fromText(toText(some()))).toEqual(some());
  for (const broken of [null, "", "{", "7", '{"a": 1}']) expect(fromText(broken).size).toBe(0);
});
