import { expect, test } from "vitest";
import { comparison, read } from "./report";

test("the report of a ranker", () => {
  const report = read({
    chosen: "linear", verdict: "better", cases: 40,
    "ndcg@10": { untrained: 0.4, trained: 0.5, difference: 0.1, interval: [0.02, 0.18], p_value: 0.01 },
    segments: [{ name: "strangers", cases: 9, "ndcg@10": { untrained: 0.4, trained: 0.4, difference: 0, interval: [-0.1, 0.1] } }],
    tried: [{ name: "linear", "ndcg@10": 0.5, error: null }], importance: [{ feature: "price", about: "item", spread: 0.2, direction: -0.9 }],
    curve: [0.4, 0.5], remarks: ["short log"], against_current: null,
  });
  expect(report).toMatchObject({ way: "linear", verdict: "better", curve: [0.4, 0.5], remarks: ["short log"], tried: [{ name: "linear", value: 0.5 }] });
  expect(report.comparison).toMatchObject({ before: 0.4, after: 0.5, interval: [0.02, 0.18] });
  expect(report.segments[0]).toMatchObject({ name: "strangers", cases: 9 });
  expect(report.importance[0]).toEqual({ feature: "price", about: "item", spread: 0.2, direction: -0.9 });
});

test("the report of a recommender, whose figures stand under its evaluation", () => {
  const report = read({
    model: "ease", parameters: { "ease.regularisation": 5 }, users: 3, interactions: 240,
    evaluation: { measure: "ndcg@10", against_current: { before: 0.1, after: 0.1, difference: 0, interval: [-0.01, 0.01], p_value: 1 }, compared: [{ name: "popular", role: "baseline", seconds: 2, error: "no data" }], remarks: [] },
  });
  expect(report).toMatchObject({ way: "ease", verdict: "not better", users: 3, interactions: 240, parameters: [["ease.regularisation", 5]] });
  expect(report.tried).toEqual([{ name: "popular", role: "baseline", value: null, seconds: 2, error: "no data" }]);
});

test("what is no report is an empty one", () => {
  for (const wrong of [null, 7, "x", [], {}]) expect(read(wrong)).toMatchObject({ comparison: null, importance: [], tried: [], curve: [] });
  expect(comparison({ before: 1, after: 2, difference: 1, interval: [0] })).toBeNull();
});
