import { expect, test } from "vitest";
import { dcg, judgedAmong, ndcg } from "./ndcg";

test("figures are those of the server's evaluation, by hand", () => {
  // Found .1, nothing, 1; the query has 1, 1, .1: DCG@3 = .1 + 0 + 1/2, ideal = 1 + 1/log2(3) + .1/2.
  const judged = new Map([["a", 0.1], ["c", 1], ["d", 1]]);
  expect(dcg([0.1, 0, 1], 3)).toBeCloseTo(0.6, 12);
  expect(ndcg(["a", "b", "c"], judged, 3)).toBeCloseTo(0.6 / (1 + 1 / Math.log2(3) + 0.05), 12);
  expect(ndcg(["c", "d", "a"], judged)).toBeCloseTo(1, 12);
});

test("a better order is worth more, and only the first ten count", () => {
  const judged = new Map([["x", 3], ["y", 1]]);
  expect(ndcg(["x", "y"], judged)).toBe(1);
  expect(ndcg(["y", "x"], judged)!).toBeLessThan(1);
  const far = [...Array.from({ length: 10 }, (_, at) => `n${at}`), "x"];
  expect(ndcg(far, judged)).toBe(0);
});

test("without anything relevant there is no figure", () => {
  expect(ndcg(["x"], new Map())).toBeNull();
  expect(ndcg(["x"], new Map([["x", 0]]))).toBeNull();
  expect(judgedAmong(["x", "y"], new Map([["x", 0]]))).toBe(1);
});
